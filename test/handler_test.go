package test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/prisma-exporter/prisma_exporter/internal/catalog"
	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/logging"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

// exporter is the whole exporter in this process, but for its listener.
type exporter struct {
	t      *testing.T
	url    string
	client http.Client
	logs   *logtest.Buffer
}

// newExporter starts the exporter as the command line would.
func newExporter(t *testing.T, args ...string) *exporter {
	t.Helper()
	o := parseFlags(t, args...)
	logs := &logtest.Buffer{}
	logger := logging.New(logs, o.Log)
	built, err := whole.New(whole.Options{CLI: o, Read: o.Configuration.Read, Logger: logger, Transport: network(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(built.Close)
	return &exporter{t: t, url: serve(t, built.Handler()).URL, client: scraper(t, true), logs: logs}
}

// parseFlags reads a command line.
func parseFlags(tb testing.TB, args ...string) cli.Options {
	tb.Helper()
	o, err := cli.Parse(args)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

// timeoutHeader is how Prometheus tells how long it waits.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// newSimulator starts a simulated API with one tenant and returns the flags
// that point an exporter to it.
func newSimulator(t *testing.T) (*simulator.Simulator, []string) {
	t.Helper()
	options := simulator.Demo()
	options.Tenants[0].KeyFile = filepath.Join(t.TempDir(), "key")
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, sim)
	t.Cleanup(sim.ClearFaults)
	return sim, []string{
		"--prisma.base-url=" + server.URL, "--prisma.tenant-id=" + simulator.DemoTenant,
		"--prisma.api-key-file=" + options.Tenants[0].KeyFile, "--log.level=debug",
	}
}

// get asks the exporter, with headers in pairs.
func (e *exporter) get(path string, headers ...string) (*http.Response, []byte) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, e.url+path, http.NoBody)
	if err != nil {
		e.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := e.client.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return resp, body
}

// parse reads a page and wants no series twice.
func parse(t *testing.T, page []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		t.Fatalf("the page is not valid: %v", err)
	}
	return families
}

// wantFamily wants a page to have a metric as the catalogue has it.
func wantFamily(t *testing.T, families map[string]*dto.MetricFamily, m catalog.Metric) {
	t.Helper()
	f := families[m.Name]
	if f == nil {
		t.Errorf("no family %s", m.Name)
		return
	}
	if got, want := strings.ToLower(f.GetType().String()), string(m.Type); got != want {
		t.Errorf("%s is a %s, want %s", m.Name, got, want)
	}
	var labels []string
	for _, l := range f.Metric[0].Label {
		labels = append(labels, l.GetName())
	}
	slices.Sort(labels)
	if want := slices.Sorted(slices.Values(m.Labels)); !slices.Equal(labels, want) {
		t.Errorf("%s has labels %v, want %v", m.Name, labels, want)
	}
}

// ofOthers are the metrics of companies, of the service status page, of tenants without a list of alerts, of
// those with a service account, of discoveries and providers, of holds and of rows that come
// twice, which have tests of their own.
var ofOthers = regexp.MustCompile(`^prisma_(capacity_|sase_|access_alerts_raised_in_window|access_incident|access_license|access_upgrade|access_site_bgp_|access_location_bandwidth_peak|access_location_sites_up|access_provider_|access_scrape_collector_planned_interval|exporter_discovery_|exporter_hold_until|exporter_duplicate_rows)`)

func TestDemoTenantHasEveryFamily(t *testing.T) {
	onlyReads(t)
	_, args := newSimulator(t)
	e := newExporter(t, args...)
	resp, page := e.get("/metrics")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("%s, %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	families := parse(t, page)
	for _, m := range catalog.Metrics() {
		if !ofOthers.MatchString(m.Name) {
			wantFamily(t, families, m)
		}
	}
	for _, m := range families["prisma_access_scrape_collector_success"].Metric {
		if m.GetGauge().GetValue() != 1 {
			t.Errorf("no success: %v\n%s", m.Label, e.logs)
		}
	}
	if up := families["prisma_access_up"].Metric[0].GetGauge().GetValue(); up != 1 {
		t.Errorf("up is %g", up)
	}
}

func TestFormats(t *testing.T) {
	onlyReads(t)
	_, args := newSimulator(t)
	e := newExporter(t, append(args, "--web.disable-exporter-metrics")...)
	_, plain := e.get("/metrics")

	resp, zipped := e.get("/metrics", "Accept-Encoding", "deflate, gzip")
	if resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding %q", resp.Header.Get("Content-Encoding"))
	}
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	names := func(families map[string]*dto.MetricFamily) (n []string) {
		for name, f := range families {
			n = append(n, name+" "+f.GetType().String())
		}
		slices.Sort(n)
		return n
	}
	want := names(parse(t, plain))
	if got := names(parse(t, text)); !slices.Equal(got, want) {
		t.Errorf("compressed, the families are %v, want %v", got, want)
	}

	accept := "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
	resp, body := e.get("/metrics", "Accept", accept)
	decoder := expfmt.NewDecoder(bytes.NewReader(body), expfmt.ResponseFormat(resp.Header))
	families := map[string]*dto.MetricFamily{}
	native := false
	for {
		f := &dto.MetricFamily{}
		if err := decoder.Decode(f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		families[f.GetName()] = f
		native = native || f.GetName() == "prisma_exporter_api_request_duration_seconds" && f.Metric[0].Histogram.Schema != nil
	}
	if got := names(families); !slices.Equal(got, want) {
		t.Errorf("in protobuf, the families are %v, want %v", got, want)
	}
	if !native {
		t.Error("in protobuf, the histogram is not native")
	}
}

func TestCollect(t *testing.T) {
	_, args := newSimulator(t)
	e := newExporter(t, append(args, "--no-collector.bandwidth")...)
	_, page := e.get("/metrics?collect[]=alerts&collect[]=tunnels")
	families := parse(t, page)
	if families["prisma_access_alerts"] == nil || families["prisma_access_tunnel_state"] == nil || families["prisma_access_site_state"] != nil {
		t.Error("the page has other collectors than were asked for")
	}
	for _, name := range []string{"nonsense", "bandwidth", ""} {
		resp, body := e.get("/metrics?collect[]=" + name)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "use some of alerts, incidents, locations, remote_networks") {
			t.Errorf("collect[]=%s: %s: %s", name, resp.Status, body)
		}
	}
}

func TestASilentAPIDoesNotHoldUpAScrape(t *testing.T) { simulate(t, aSilentAPIDoesNotHoldUpAScrape) }

func aSilentAPIDoesNotHoldUpAScrape(t *testing.T) {
	sim, args := newSimulator(t)
	e := newExporter(t, append(args, "--collector.tunnels.min-interval=0s")...)
	e.get("/metrics")
	sim.SetFault("tunnel_list", simulator.Fault{Kind: simulator.Hang})
	start := time.Now()
	resp, page := e.get("/metrics", timeoutHeader, "1")
	if took := time.Since(start); resp.StatusCode != http.StatusOK || took > 2*time.Second {
		t.Errorf("%s after %s, want an answer within a second", resp.Status, took)
	}
	families := parse(t, page)
	if len(families["prisma_access_tunnel_state"].GetMetric()) == 0 {
		t.Error("the last good answer is not served")
	}
	for _, m := range families["prisma_access_scrape_collector_success"].Metric {
		name := m.Label[slices.IndexFunc(m.Label, func(l *dto.LabelPair) bool { return l.GetName() == "collector" })].GetValue()
		if m.GetGauge().GetValue() != 1 {
			t.Errorf("collector %s: no success, though no poll has failed", name)
		}
	}
	if late := latePolls(families); len(late) != 1 {
		t.Errorf("late is %v, want the collector tunnels alone", late)
	}
}
