package engine

import (
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// TestRulesThatCompareNothing asks for a reason where an alert fires for as long as
// a series is there, whatever its value: in a comment that pint knows, which is the
// linter that finds such rules (`pint --offline lint alerts/*.rules.yml`).
func TestRulesThatCompareNothing(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "*.rules.yml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		groups, errs := rulefmt.Parse(text, false, model.UTF8Validation)
		for _, err := range errs {
			t.Fatal(err)
		}
		for _, group := range groups.Groups {
			for _, rule := range group.Rules {
				reason := regexp.MustCompile(`(?m)^ *# .*\n *# pint disable alerts/comparison\n *- alert: ` + rule.Alert + `$`)
				if rule.Alert != "" && !compares(t, rule.Expr) && !reason.Match(text) {
					t.Errorf("%s: %s compares nothing, and no comment says why", file, rule.Alert)
				}
			}
		}
	}
}

// compares reports whether an expression has a comparison in it.
func compares(t *testing.T, text string) (found bool) {
	t.Helper()
	expr, err := parser.ParseExpr(text)
	if err != nil {
		t.Fatal(err)
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if binary, ok := n.(*parser.BinaryExpr); ok {
			found = found || binary.Op.IsComparisonOperator()
		}
		return nil
	})
	return found
}
