package engine

import (
	"os"
	"runtime/debug"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace/noop"
)

// TestMain lets the heap grow further between collections than usual, since
// evaluation leaves much behind and little of it lives, and has no spans made, which
// nobody reads.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	otel.SetTracerProvider(noop.NewTracerProvider())
	os.Exit(m.Run())
}

// asks reports whether something is expected between an evaluation and the next.
func (g testGroup) asks(at, interval time.Duration) bool {
	within := func(eval time.Duration) bool { return at <= eval && eval < at+interval }
	for _, c := range g.AlertTests {
		if within(time.Duration(c.EvalTime)) {
			return true
		}
	}
	for _, c := range g.ExprTests {
		if within(time.Duration(c.EvalTime)) {
			return true
		}
	}
	return false
}

// remembers reports whether what rules say depends on earlier evaluations. If it
// does not, those at which nothing is expected can be left out.
func (g testGroup) remembers(t *testing.T, groups []*rules.Group) bool {
	t.Helper()
	made := map[string]bool{"ALERTS": true}
	var exprs []parser.Node
	for _, group := range groups {
		for _, rule := range group.Rules() {
			exprs = append(exprs, rule.Query().(written).Expr)
			alerting, ok := rule.(*rules.AlertingRule)
			if !ok {
				made[rule.Name()] = true
			} else if alerting.HoldDuration()+alerting.KeepFiringFor() > 0 {
				return true
			}
		}
	}
	for _, c := range g.ExprTests {
		expr, err := parser.ParseExpr(c.Expr)
		if err != nil {
			t.Fatalf("%s: %v", c.Expr, err)
		}
		exprs = append(exprs, expr)
	}
	for _, expr := range exprs {
		if looksBack(expr, made) {
			return true
		}
	}
	return false
}

// looksBack reports whether an expression asks for what was made before now.
func looksBack(expr parser.Node, made map[string]bool) (back bool) {
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		switch n := n.(type) {
		case *parser.SubqueryExpr:
			back = true
		case *parser.VectorSelector:
			ranged := false
			if len(path) > 0 {
				_, ranged = path[len(path)-1].(*parser.MatrixSelector)
			}
			back = back || n.Name == "ALERTS_FOR_STATE" || n.Name == "" || made[n.Name] && (ranged || n.OriginalOffset != 0 || n.Timestamp != nil)
		}
		return nil
	})
	return back
}
