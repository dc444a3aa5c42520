package dashboards

import (
	"fmt"
	"regexp"
	"testing"
)

var variableUse = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)(?::\w+)?\}?`)

// grafanaOwn are variables that every dashboard has, filled in as for a short
// stretch of time scraped every second.
var grafanaOwn = map[string]string{"__rate_interval": "10s", "__range": "20s"}

// fill fills in the variables as Grafana does: with what stands for all,
// unless the test has chosen something.
func (b *board) fill(expr string, chosen map[string]string) (string, error) {
	var err error
	filled := variableUse.ReplaceAllStringFunc(expr, func(use string) string {
		name := variableUse.FindStringSubmatch(use)[1]
		if value, ok := chosen[name]; ok {
			return value
		}
		if value, ok := grafanaOwn[name]; ok {
			return value
		}
		for _, v := range b.Templating.List {
			if v.Name == name && v.AllValue != "" {
				return v.AllValue
			}
		}
		err = fmt.Errorf("%s has no variable %s", b.file, name)
		return use
	})
	return filled, err
}

func TestFill(t *testing.T) {
	b := &board{file: "a.json"}
	b.Templating.List = []*variable{{Name: "job", AllValue: ".+"}, {Name: "instance", AllValue: ".+"}}
	got, err := b.fill(`rate(a_total{job=~"$job", instance=~"${instance:regex}"}[$__rate_interval])`, map[string]string{"instance": "x"})
	if want := `rate(a_total{job=~".+", instance=~"x"}[10s])`; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if got, err := b.fill(`a{tenant="$tenant"}`, nil); err == nil {
		t.Errorf("got %s for a variable that there is not", got)
	}
}
