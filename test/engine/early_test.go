package engine

import (
	"os"
	"strings"
	"testing"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/common/model"
)

// TestEarlyPage changes the two places over that the example says, and asks what
// Alertmanager makes of it: the site's own alert pages, and Prisma's is hidden by it.
func TestEarlyPage(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(glob(t, "alertmanager.example.yml")[0])
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(earlyPage(t, string(b)))
	if err != nil {
		t.Fatal(err)
	}
	var matched bool
	for _, r := range c.Route.Routes {
		matched = matched || r.Receiver == "pager" && strings.Contains(r.Matchers[0].String(), "PrismaSiteDown") && len(r.Matchers) == 1
	}
	if !matched {
		t.Error("PrismaSiteDown has no route to the pager")
	}
	ours := model.LabelSet{"alertname": "PrismaSiteDown", "severity": "warning", "tenant": "a", "site": "b", "node_type": "remote_network"}
	prismas := model.LabelSet{"alertname": "PrismaAlertHigh", "severity": "critical", "tenant": "a", "site": "b", "alert_id": "1", "code": "AL_RN_SITE_DOWN", "category": "RN"}
	if n := hides(c, ours, prismas); n != 1 {
		t.Errorf("%d rules hide Prisma's alert, want 1", n)
	}
	if n := hides(c, prismas, ours); n != 0 {
		t.Errorf("%d rules still hide the site's", n)
	}
}

// earlyPage does what the comments of the example say.
func earlyPage(t *testing.T, text string) string {
	t.Helper()
	var out []string
	place, swapped := 0, 0
	for line := range strings.Lines(text) {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		bare, commented := strings.CutPrefix(strings.TrimLeft(line, " "), "# ")
		switch {
		case strings.Contains(line, "THE EARLY PAGE"):
			place++
		case place == 1 && commented && (strings.HasPrefix(bare, "- ") || strings.HasPrefix(bare, "  ")),
			place == 2 && commented && swapped >= 6 && swapped < 12 && (strings.HasPrefix(bare, "- ") || strings.HasPrefix(bare, "  ")):
			line = indent + bare
			if place == 2 {
				swapped++
			}
		case place == 2 && !commented && swapped < 6:
			line = "# " + line
			swapped++
		}
		out = append(out, line)
	}
	if place != 2 || swapped != 12 {
		t.Fatalf("the example has %d places to change over, and %d lines at the second", place, swapped)
	}
	return strings.Join(out, "")
}

// hides counts the rules by which an alert inhibits another.
func hides(c *config.Config, source, target model.LabelSet) (n int) {
	for _, r := range c.InhibitRules {
		match := true
		for _, m := range r.SourceMatchers {
			match = match && m.Matches(string(source[model.LabelName(m.Name)]))
		}
		for _, m := range r.TargetMatchers {
			match = match && m.Matches(string(target[model.LabelName(m.Name)]))
		}
		for _, name := range r.Equal {
			match = match && source[model.LabelName(name)] == target[model.LabelName(name)]
		}
		if match {
			n++
		}
	}
	return n
}
