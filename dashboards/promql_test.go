package dashboards

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// expression is what the tests want to know of a PromQL query. Whether the
// query is valid, Prometheus says itself in test/engine.
type expression struct {
	selectors []selector
	groupings []grouping
	// made are the labels that label_replace and label_join make.
	made []string
}

// selector is a metric with its matchers.
type selector struct {
	metric   string
	matchers []matcher
	// window is what stands in the brackets behind it.
	window string
	// function is the innermost one around it.
	function string
	// factor is the number that it is multiplied with.
	factor string
	// at says that it is looked at at one time, whatever the time of the rest, and
	// offset that it is looked at before that.
	at, offset bool
}

type matcher struct{ label, operator, value string }

func (s selector) value(label string) (operator, value string) {
	for _, m := range s.matchers {
		if m.label == label {
			return m.operator, m.value
		}
	}
	return "", ""
}

// grouping is by, on, group_left and the like, or the labels that a function
// reads.
type grouping struct {
	word      string
	labels    []string
	selectors []selector // that it applies to
}

var (
	promToken    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\$?[A-Za-z_:][\w:]*|[0-9][\w.]*|=~|!~|!=|==|>=|<=|\S`)
	promWord     = regexp.MustCompile(`^[A-Za-z_:]`)
	promOperator = []string{"and", "or", "unless", "bool", "offset"}
	promGrouping = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
)

// call is an open parenthesis.
type call struct {
	function string
	by       []string // of the aggregation whose operand this is
	grouped  bool
	from     int      // the first selector inside
	strings  []string // arguments that are strings
}

// scanner reads a query from left to right. It knows as much of PromQL as the
// dashboards use, and reports what it does not know.
type scanner struct {
	tokens []string
	at     int
	open   []call
	by     []string // to be applied to the next parenthesis
	isBy   bool
	out    expression
	whole  []grouping // those that look at all selectors
}

func parse(query string) (expression, error) {
	s := &scanner{tokens: promToken.FindAllString(query, -1), open: []call{{}}}
	for s.at < len(s.tokens) {
		if err := s.step(); err != nil {
			return expression{}, fmt.Errorf("%w in %s", err, query)
		}
	}
	if len(s.open) != 1 {
		return expression{}, fmt.Errorf("%d parentheses left open in %s", len(s.open)-1, query)
	}
	// A difference of a counter to what it was before is one of all its parts.
	for i, sel := range s.out.selectors {
		s.out.selectors[i].offset = slices.ContainsFunc(s.out.selectors, func(o selector) bool { return o.offset && o.metric == sel.metric })
	}
	for _, g := range s.whole {
		g.selectors = s.out.selectors
		s.out.groupings = append(s.out.groupings, g)
	}
	return s.out, nil
}

func (s *scanner) peek(n int) string {
	if s.at+n < len(s.tokens) {
		return s.tokens[s.at+n]
	}
	return ""
}

func (s *scanner) step() error {
	token := s.peek(0)
	switch {
	case token == "(":
		s.open = append(s.open, call{from: len(s.out.selectors), by: s.by, grouped: s.isBy})
		s.by, s.isBy = nil, false
	case token == ")":
		return s.close()
	case strings.HasPrefix(token, `"`):
		top := &s.open[len(s.open)-1]
		top.strings = append(top.strings, strings.Trim(token, `"`))
	case slices.Contains(promGrouping, token):
		return s.grouping(token)
	case !promWord.MatchString(token) || slices.Contains(promOperator, token):
	case s.peek(1) == "{":
		return s.selector(token)
	case s.peek(1) == "(":
		s.open = append(s.open, call{function: token, from: len(s.out.selectors)})
		s.at++
	case slices.Contains(promGrouping, s.peek(1)): // an aggregation
	default:
		return fmt.Errorf("%q is neither a function nor a metric with matchers", token)
	}
	s.at++
	return nil
}

func (s *scanner) close() error {
	if len(s.open) == 1 {
		return fmt.Errorf("one parenthesis too many")
	}
	c := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	inside := s.out.selectors[c.from:]
	if c.grouped {
		s.out.groupings = append(s.out.groupings, grouping{"by", c.by, slices.Clone(inside)})
	}
	switch {
	case c.function == "label_join" && len(c.strings) > 2:
		s.out.made = append(s.out.made, c.strings[0])
		s.out.groupings = append(s.out.groupings, grouping{c.function, c.strings[2:], slices.Clone(inside)})
	case c.function == "label_replace" && len(c.strings) > 3:
		s.out.made = append(s.out.made, c.strings[0])
	}
	s.at++
	return nil
}

// grouping reads a word and its list of labels.
func (s *scanner) grouping(word string) error {
	s.at++
	if s.peek(0) != "(" {
		return fmt.Errorf("%s without labels", word)
	}
	var labels []string
	for s.at++; s.peek(0) != ")"; s.at++ {
		switch token := s.peek(0); {
		case token == "":
			return fmt.Errorf("%s does not end", word)
		case token != ",":
			labels = append(labels, token)
		}
	}
	s.at++
	if word != "by" {
		s.whole = append(s.whole, grouping{word: word, labels: labels})
		return nil
	}
	if s.peek(0) != "(" {
		return fmt.Errorf("by stands behind what it groups: put it before")
	}
	s.by, s.isBy = labels, true
	return nil
}

// selector reads a metric, its matchers and what follows.
func (s *scanner) selector(metric string) error {
	sel := selector{metric: metric, function: s.open[len(s.open)-1].function}
	for s.at += 2; s.peek(0) != "}"; {
		if s.peek(0) == "," {
			s.at++
			continue
		}
		m := matcher{s.peek(0), s.peek(1), strings.Trim(s.peek(2), `"`)}
		if !strings.HasPrefix(s.peek(2), `"`) {
			return fmt.Errorf("matcher %v of %s has no value", m, metric)
		}
		sel.matchers = append(sel.matchers, m)
		s.at += 3
	}
	s.at++
	if s.peek(0) == "[" {
		sel.window = s.peek(1)
		s.at += 3
	}
	if s.peek(0) == "*" {
		sel.factor = s.peek(1)
	}
	sel.at, sel.offset = s.peek(0) == "@", s.peek(0) == "offset"
	s.out.selectors = append(s.out.selectors, sel)
	return nil
}
