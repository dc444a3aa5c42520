package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator/capacity"
)

// gasCompany is the company whose token is replaced.
const gasCompany = "example-gas"

// told is what a receiver hears of one alert.
type told struct {
	receiver, alert, status, runbook string
	at                               time.Time
}

// TestTokenPage generates a new token for a company, as a colleague would, and
// writes it into the file once the pager has been told. Then the page resolves,
// and nobody is told anything else but that there is a new token.
func TestTokenPage(t *testing.T) { simulate(t, tokenPage) }

func tokenPage(t *testing.T) {
	heard := make(chan told, 100)
	th, platform := newCapacity(t, heard)
	th.shows(fmt.Sprintf("prisma_capacity_up{company=%q} == 1", gasCompany))
	th.shows(fmt.Sprintf("prisma_capacity_token_valid{company=%q} == 1", gasCompany))
	th.evaluations(10)
	if len(heard) > 0 {
		t.Errorf("told before anything happened: %+v", <-heard)
	}

	generated := time.Now()
	_, err := platform.GenerateToken(gasCompany)
	th.must(err)
	page := th.hear(heard, "PrismaCapacityTokenRejected")
	if page.receiver != "pager" || page.status != "firing" {
		t.Errorf("got %+v", page)
	}
	th.runbook(page.runbook)
	th.evaluations(20)
	if n, most := platform.TokenRefusals(), 4+int(time.Since(generated).Minutes()); n > most {
		t.Errorf("the platform refused %d calls, want one for each resource and one a minute at most: %d", n, most)
	}

	written := time.Now()
	th.must(platform.WriteToken(gasCompany))
	resolved := th.hear(heard, "PrismaCapacityTokenRejected")
	if resolved.receiver != "pager" || resolved.status != "resolved" {
		t.Errorf("got %+v", resolved)
	}
	th.shows(fmt.Sprintf("prisma_capacity_token_number{company=%q} == 2", gasCompany))
	th.evaluations(20)
	for range len(heard) {
		if more := <-heard; more.alert != "PrismaCapacityTokenReplaced" || more.receiver != "log" {
			t.Errorf("and: %+v", more)
		}
	}
	t.Logf("page %s after the new token, resolved %s after it was in the file", page.at.Sub(generated), resolved.at.Sub(written))
}

// hear waits until a receiver is told of an alert.
func (th *theatre) hear(heard <-chan told, alert string) told {
	th.t.Helper()
	late := time.After(patience)
	for {
		select {
		case one := <-heard:
			if one.alert == alert {
				return one
			}
			if one.alert != "PrismaCapacityTokenReplaced" {
				th.t.Errorf("told of %+v", one)
			}
		case <-late:
			th.t.Fatalf("nobody is told of %s", alert)
		}
	}
}

// newCapacity sets the stage: a platform with one company, and the exporter,
// Prometheus and Alertmanager with what is shipped.
func newCapacity(t *testing.T, heard chan<- told) (*theatre, *capacity.Simulator) {
	t.Helper()
	dir := t.TempDir()
	tokenFile, file := filepath.Join(dir, "token"), filepath.Join(dir, "companies.yml")
	th := newTheatre(t, func(n notification) {
		for _, a := range n.Alerts {
			heard <- told{n.Receiver, a.Labels["alertname"], a.Status, a.Annotations["runbook_url"], n.at}
		}
	}, "--config.file="+file)
	platform, err := capacity.New(capacity.Options{Companies: []capacity.Company{{Name: gasCompany, TokenFile: tokenFile}}})
	th.must(err)
	th.network.Serve(t, "127.0.0.1:80", platform)
	th.must(os.WriteFile(file, fmt.Appendf(nil, "capacity:\n  - {name: %s, base_url: \"http://127.0.0.1:80\", token_file: %s}\n", gasCompany, tokenFile), 0o600))
	th.open()
	return th, platform
}
