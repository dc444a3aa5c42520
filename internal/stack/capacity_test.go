package stack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator/capacity"
	"github.com/prisma-exporter/prisma_exporter/internal/stack"
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
func TestTokenPage(t *testing.T) {
	if testing.Short() {
		t.Skip("takes Prometheus and Alertmanager")
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Minute, errors.New("nobody is told"))
	defer cancel()
	th := &theatre{t: t, ctx: ctx}
	heard := make(chan told, 100)
	platform := th.capacity(t.TempDir(), heard)
	th.shows(fmt.Sprintf("prisma_capacity_up{company=%q} == 1", gasCompany))
	th.shows(fmt.Sprintf("prisma_capacity_token_valid{company=%q} == 1", gasCompany))
	th.evaluations(3)
	if len(heard) > 0 {
		t.Errorf("told before anything happened: %+v", <-heard)
	}

	generated := time.Now()
	_, err := platform.GenerateToken(gasCompany)
	th.must(err)
	page := th.hear(heard, "PrismaCapacityTokenRejected")
	if page.receiver != "pager" || page.status != "firing" || !strings.HasSuffix(page.runbook, "/docs/runbooks/PrismaCapacityTokenRejected.md") {
		t.Errorf("got %+v", page)
	}
	if _, err := os.Stat(filepath.Join("..", "..", "docs", "runbooks", filepath.Base(page.runbook))); err != nil {
		t.Error(err)
	}
	th.evaluations(5)
	if n := platform.TokenRefusals(); n > 4 {
		t.Errorf("the platform refused %d calls, want one for each resource at most", n)
	}

	written := time.Now()
	th.must(platform.WriteToken(gasCompany))
	resolved := th.hear(heard, "PrismaCapacityTokenRejected")
	if resolved.receiver != "pager" || resolved.status != "resolved" {
		t.Errorf("got %+v", resolved)
	}
	th.shows(fmt.Sprintf("prisma_capacity_token_number{company=%q} == 2", gasCompany))
	th.evaluations(5)
	for range len(heard) {
		if more := <-heard; more.alert != "PrismaCapacityTokenReplaced" || more.receiver != "log" {
			t.Errorf("and: %+v", more)
		}
	}
	t.Logf("at intervals of %s: page %.1fs after the new token, resolved %.1fs after it was in the file", interval,
		page.at.Sub(generated).Seconds(), resolved.at.Sub(written).Seconds())
}

// hear waits until a receiver is told of an alert.
func (th *theatre) hear(heard <-chan told, alert string) told {
	th.t.Helper()
	for {
		select {
		case one := <-heard:
			if one.alert == alert {
				return one
			}
			if one.alert != "PrismaCapacityTokenReplaced" {
				th.t.Errorf("told of %+v", one)
			}
		case <-th.ctx.Done():
			th.t.Fatal(context.Cause(th.ctx))
		}
	}
}

// capacity sets the stage: a platform with one company, the exporter, and
// Prometheus and Alertmanager with what is shipped.
func (th *theatre) capacity(dir string, heard chan<- told) *capacity.Simulator {
	th.t.Helper()
	tokenFile := filepath.Join(dir, "token")
	platform, err := capacity.New(capacity.Options{Companies: []capacity.Company{{Name: gasCompany, TokenFile: tokenFile}}})
	th.must(err)
	api := httptest.NewServer(platform)
	th.t.Cleanup(api.Close)
	receiver := httptest.NewServer(stack.Receive(func(n stack.Notification) {
		for _, a := range n.Alerts {
			heard <- told{n.Receiver, a.Labels["alertname"], a.Status, a.Annotations["runbook_url"], n.Time}
		}
	}))
	th.t.Cleanup(receiver.Close)
	file := filepath.Join(dir, "companies.yml")
	th.must(os.WriteFile(file, fmt.Appendf(nil, "capacity:\n  - {name: %s, base_url: %s, token_file: %s}\n", gasCompany, api.URL, tokenFile), 0o600))

	exporterAddress, promAddress, amAddress := th.address(), th.address(), th.address()
	th.exporter, err = stack.Start(th.ctx, dir, "http://"+exporterAddress+"/-/ready", th.build(dir),
		"--config.file="+file, "--capacity.min-interval=0s", "--scrape.timeout-offset=50ms", "--web.listen-address="+exporterAddress)
	th.must(err)
	am, err := stack.StartAlertmanager(th.ctx, stack.AlertmanagerOptions{
		Path: th.tool("alertmanager"), Dir: dir, Address: amAddress, Receiver: receiver.URL,
		Intervals: map[string]string{"group_wait: 30s": "group_wait: 1s", "group_interval: 5m": "group_interval: 1s", "group_interval: 1m": "group_interval: 1s"},
	})
	th.must(err)
	th.t.Cleanup(am.Stop)
	th.prom, err = stack.StartPrometheus(th.ctx, stack.PrometheusOptions{
		Path: th.tool("prometheus"), Dir: dir, Address: promAddress, Exporter: exporterAddress, Alertmanager: amAddress,
		Interval: interval, ResendDelay: 10 * interval,
	})
	th.must(err)
	th.t.Cleanup(func() {
		th.exporter.Stop()
		th.prom.Stop()
		if th.t.Failed() {
			th.logs(am.Log, th.prom.Log, th.exporter.Log)
		}
	})
	return platform
}
