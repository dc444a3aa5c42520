package dashboards

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/internal/stack"
)

// scraped is for how many seconds Prometheus scrapes before it is asked.
const scraped = 20

const liveConfig = `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: prisma
    static_configs:
      - {targets: [%[1]q], labels: {instance: one}}
      - {targets: [%[1]q], labels: {instance: two}}
  - job_name: counted
    static_configs:
      - {targets: [%[2]q], labels: {instance: one}}
      - {targets: [%[2]q], labels: {instance: two}}
`

// live is a Prometheus that scrapes the exporter's demo and countedPage, as two
// instances, so that there is what a pair of exporters gives: everything twice.
type live struct{ url string }

func startLive(ctx context.Context, t *testing.T) *live {
	t.Helper()
	dir, root := t.TempDir(), ".."
	exporter := filepath.Join(dir, "prisma_exporter")
	build := exec.CommandContext(ctx, "go", "build", "-o", exporter, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%s", err, out)
	}
	prometheus, err := stack.Tool(ctx, root, "prometheus", nil)
	if err != nil {
		t.Fatal(err)
	}
	address := liveAddress(ctx, t)
	args := []string{"--demo", "--web.listen-address=" + address}
	for _, d := range collector.Definitions() {
		args = append(args, "--collector."+d.Name+".min-interval=3s")
	}
	startProcess(ctx, t, dir, "http://"+address+"/-/ready", exporter, args...)

	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, fmt.Appendf(nil, liveConfig, address, serveCounted(t)), 0o644); err != nil {
		t.Fatal(err)
	}
	own := liveAddress(ctx, t)
	l := &live{url: "http://" + own}
	startProcess(ctx, t, dir, l.url+"/-/ready", prometheus,
		"--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address="+own)
	return l
}

func liveAddress(ctx context.Context, t *testing.T) string {
	t.Helper()
	address, err := stack.Address(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func startProcess(ctx context.Context, t *testing.T, dir, ready, path string, args ...string) {
	t.Helper()
	p, err := stack.Start(ctx, dir, ready, path, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
}

// await waits until there is enough to ask for.
func (l *live) await(ctx context.Context, t *testing.T) {
	t.Helper()
	for {
		enough, err := l.instant(ctx, fmt.Sprintf("min(count_over_time(prisma_access_up[1m])) >= %d", scraped), time.Now())
		if err == nil && len(enough) > 0 {
			return
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			t.Fatal(context.Cause(ctx), err)
		}
	}
}

// result is one series of an answer; its value is the last one.
type result struct {
	Metric map[string]string
	value  float64
}

func (l *live) instant(ctx context.Context, expr string, at time.Time) ([]result, error) {
	return l.ask(ctx, "query", url.Values{"query": {expr}, "time": {epoch(at)}})
}

// overTime asks for a graph of the time scraped.
func (l *live) overTime(ctx context.Context, expr string, end time.Time) ([]result, error) {
	return l.ask(ctx, "query_range", url.Values{
		"query": {expr}, "start": {epoch(end.Add(-scraped * time.Second))}, "end": {epoch(end)}, "step": {"1"},
	})
}

func epoch(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }

// ask leaves out series that are not a number, which Grafana does not show.
func (l *live) ask(ctx context.Context, path string, form url.Values) ([]result, error) {
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
				Values [][2]any
			}
		}
	}
	if err := l.get(ctx, "/api/v1/"+path+"?"+form.Encode(), &answer); err != nil {
		return nil, err
	}
	var results []result
	for _, r := range answer.Data.Result {
		last := math.NaN()
		for _, sample := range append(r.Values, r.Value) {
			text, _ := sample[1].(string) // none where there is a range
			if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) {
				last = v
			}
		}
		if !math.IsNaN(last) {
			results = append(results, result{r.Metric, last})
		}
	}
	return results, nil
}

func (l *live) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var failure struct {
		Error string
		Data  json.RawMessage
	}
	if response.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("HTTP %s", response.Status), json.NewDecoder(response.Body).Decode(&failure), errors.New(failure.Error))
	}
	return json.NewDecoder(response.Body).Decode(into)
}
