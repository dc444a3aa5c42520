package engine

import (
	"os"
	"strings"
	"testing"

	"github.com/prometheus/alertmanager/template"
	"go.yaml.in/yaml/v3"
)

// TestReceivers fills in every text of the example's receivers, for one alert and
// for a group of three. A title says what, where and whose, and how many more.
func TestReceivers(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(glob(t, "alertmanager.receivers.example.yml")[0])
	if err != nil {
		t.Fatal(err)
	}
	var file yaml.Node
	if err := yaml.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	texts, err := template.FromGlobs(nil)
	if err != nil {
		t.Fatal(err)
	}
	alert := template.Alert{
		Status: "firing", Labels: template.KV{"severity": "critical", "site": "berlin", "tenant": "acme"},
		Annotations: template.KV{"summary": "RN site berlin down: all tunnels (High, acme)", "description": "d", "runbook_url": "https://example.com/r"},
	}
	titles := 0
	for _, n := range []int{1, 3} {
		data := template.Data{Status: "firing", CommonLabels: alert.Labels}
		for range n {
			data.Alerts = append(data.Alerts, alert)
		}
		for _, text := range templatesOf(&file) {
			got, err := texts.ExecuteTextString(text, &data)
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			if !strings.Contains(text, "Annotations.summary") {
				continue
			}
			titles++
			want := alert.Annotations["summary"]
			if n > 1 {
				want += " and 2 more"
			}
			if got != want {
				t.Errorf("%s\nis %q, want %q", text, got, want)
			}
		}
	}
	if titles != 10 {
		t.Errorf("%d titles, want two of each of five receivers", titles)
	}
}

// templatesOf finds all texts that are templates.
func templatesOf(n *yaml.Node) (found []string) {
	if strings.Contains(n.Value, "{{") {
		found = append(found, n.Value)
	}
	for _, child := range n.Content {
		found = append(found, templatesOf(child)...)
	}
	return found
}
