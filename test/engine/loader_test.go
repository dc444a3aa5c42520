package engine

import (
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

// A loader reads rules as Prometheus does, and keeps how each is written, which
// Prometheus works out anew twice an evaluation: a tenth of all that these tests
// take.
type loader struct{ rules.FileLoader }

func (l loader) Parse(query string) (parser.Expr, error) {
	expr, err := l.FileLoader.Parse(query)
	if err != nil {
		return nil, err
	}
	return written{expr, expr.String()}, nil
}

type written struct {
	parser.Expr
	text string
}

func (w written) String() string { return w.text }

// inTurn evaluates the rules of a group one after the other, as Prometheus does by
// default, and so need not look into what loader has read for who depends on whom.
type inTurn struct{}

func (inTurn) AnalyseRules([]rules.Rule) {}
