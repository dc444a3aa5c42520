package collector

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// BenchmarkScrape is the whole way of a scrape of 10,000 alerts, 10,000
// tunnels, 5,000 sites and 60 locations, from the POST to the compressed page:
// poll asks the API each time, snapshot never. Between two
// polls nothing moves, or all times, durations and rates do.
func BenchmarkScrape(b *testing.B) {
	still := benchAnswers(10000, 0)
	for _, mode := range []struct {
		name     string
		interval time.Duration
		answers  []map[string][]byte // in turns
	}{
		{"poll/still", 0, []map[string][]byte{still}},
		{"poll/times", 0, []map[string][]byte{still, benchAnswers(10000, 60000)}},
		{"snapshot", time.Hour, []map[string][]byte{still}},
	} {
		b.Run(mode.name, func(b *testing.B) {
			scope := benchScope(benchAPI(b, mode.answers...), "t", mode.interval)
			ctx := context.Background()
			series := 0
			for _, p := range scope.Scrape(ctx, nil, poll.NewPage(true)) {
				series += p.Series
			}
			if series < 200000 {
				b.Fatalf("%d series: some collector did not succeed", series)
			}
			b.ReportAllocs()
			for b.Loop() {
				var size counter64
				if err := exposition.NewPage(scope.Scrape(ctx, nil, poll.NewPage(true)), nil).WriteGzip(&size); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(size), "wire_bytes")
			}
			b.ReportMetric(float64(series), "series")
		})
	}
}

type counter64 int

func (c *counter64) Write(p []byte) (int, error) { *c += counter64(len(p)); return len(p), nil }

// BenchmarkScrapeManyTenants is a scrape of 1,000 tenants whose readings are
// fresh, with 30 alerts, 30 tunnels, 15 sites and 6 locations each.
func BenchmarkScrapeManyTenants(b *testing.B) {
	api := benchAPI(b, benchAnswers(30, 0))
	scopes := make([]*Scope, 1000)
	for i := range scopes {
		scopes[i] = benchScope(api, fmt.Sprintf("tenant-%03d", i), time.Hour)
	}
	scrape := func() (parts []exposition.Part) {
		for _, s := range scopes {
			parts = append(parts, s.Scrape(context.Background(), nil, poll.NewPage(true))...)
		}
		return parts
	}
	series := 0
	for _, p := range scrape() {
		series += p.Series
	}
	b.ReportAllocs()
	for b.Loop() {
		var size counter64
		if err := exposition.NewPage(scrape(), nil).WriteGzip(&size); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(size), "wire_bytes")
	}
	b.ReportMetric(float64(series), "series")
}

// benchAPI asks a server that gives fixed answers in turns.
func benchAPI(b *testing.B, turns ...map[string][]byte) insights.API {
	var asked sync.Map // resource to *atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		times, _ := asked.LoadOrStore(r.URL.Path, new(atomic.Int64))
		turn := int(times.(*atomic.Int64).Add(1)) % len(turns)
		for name, body := range turns[turn] {
			if strings.HasSuffix(r.URL.Path, name) {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				_, _ = w.Write(body)
				return
			}
		}
		http.NotFound(w, r)
	}))
	b.Cleanup(server.Close)
	key := filepath.Join(b.TempDir(), "key")
	if err := os.WriteFile(key, []byte("8c1f0b7e-3d52-4a96-b0e8-5f7a9c2d4e61"), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := client.New(client.Options{
		Tenant:  config.Tenant{Name: "t", ID: "1", BaseURL: server.URL, APIKeyFile: key, HTTP: config.HTTPDefaults()},
		Process: auth.NewProcess(prometheus.NewRegistry(), log.NewNopLogger()), Budget: budget.New(budget.Options{RequestsPerMinute: 1 << 20, Concurrency: 8}),
		Logger: log.NewNopLogger(), Timeout: time.Minute,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c.Scope("")
}

func benchScope(api insights.API, tenant string, interval time.Duration) *Scope {
	var enabled []Enabled
	for _, d := range Definitions() {
		switch d.Name {
		case "alerts", "tunnels", "remote_networks", "locations":
			enabled = append(enabled, Enabled{d, interval})
		}
	}
	return NewScope(ScopeOptions{
		Tenant: tenant, API: api, Collectors: enabled, Logger: log.NewNopLogger(),
		Options: Options{
			StateWindow: insights.WindowOver(30 * 24 * time.Hour), TrafficWindow: insights.WindowOver(time.Hour),
			AlertsLookback: insights.WindowOver(time.Hour), MaxAlertSeries: 10000, Started: time.Now(),
		},
		Freshness: poll.Freshness{MaxStaleness: time.Hour, PollTimeout: time.Minute},
		Metrics:   NewMetrics(prometheus.NewRegistry()),
	})
}

// benchAnswers are answers of n alerts, n tunnels and half as many sites, so many
// milliseconds later.
func benchAnswers(n, later int) map[string][]byte {
	return map[string][]byte{
		"/jwt/tenant/1": []byte(`{"token":"` + benchToken() + `"}`),
		"/prisma_sase_external_alerts_current": benchAnswer(n, func(i int) string {
			return fmt.Sprintf(`"alert_id":"%08x-72ab-42be-95db-213d8c2c%04x","severity":"High","Alert_Name":"All tunnels of site %[1]d are down","raised_time":%d,"updated_time":%d,"state":"Raised","category":"RN","code":"AL_RN_SITE_DOWN","Primary_Impacted_Objects":"{\"tenant_id\":\"1\",\"sub_tenant_id\":\"2\",\"location\":null,\"site_name\":\"branch-%[1]d\",\"tunnel_name\":null,\"bgp_peer_name\":null}","clear_reason":"","related_objects":"{\"location\":\"US East\",\"connection_type\":null,\"source_ip_address\":\"192.0.2.1\",\"destination_ip_address\":\"192.0.2.2\",\"bgp_peer_name\":null,\"serial_number\":null,\"user\":null}"`,
				i, i%65536, 1795000000000+i, 1795000000000+later)
		}),
		"/tunnel_list": benchAnswer(n, func(i int) string {
			return fmt.Sprintf(`"node_type":48,"tunnel_name":"tunnel-%d","node_type_name":"Remote Network","site_name":"branch-%d","edge_location_display_name":"France North","instance_name":"FW_%[1]d_france-north","cloud_region_name":"eu-west-3","cloud_provider":"gcp","instance_state":1,"instance_state_name":"Up","instance_public_ip":"192.0.2.7","tunnel_disconnection":%d,"tunnel_connection_duration":%d,"avg_throughput":%d.50,"peak_throughput":9496.27,"tunnel_state":1,"tunnel_state_name":"Up","tunnel_monitoring_state":2,"tunnel_monitoring_state_name":"Not Configured"`,
				i, i/2, i%40, 996922000+later, 763+i%100+later/1000)
		}),
		"/rn_list": benchAnswer(n/2, func(i int) string {
			return fmt.Sprintf(`"node_type":48,"site_name":"branch-%d","node_type_name":"Remote Network","edge_location_display_name":"US East","cloud_region_name":"us-east4","cloud_provider":"gcp","instance_state":1,"instance_state_name":"Up","instance_public_ip":"192.0.2.9","ipsec_node":"us-east-%[1]d","compute_location_display_name":"US East","site_capacity":1000000,"site_aggregate_capacity":3000000,"site_disconnection":%d,"site_connection_duration":%d,"event_time":%d,"avg_throughput":%d.82,"peak_throughput":53359.63,"avg_ingress":15.83,"avg_egress":151.82,"source_ip":["192.0.2.3"],"site_state":1,"site_state_name":"Up","site_up_tunnels":1,"site_all_tunnels":1`,
				i, i%600, 99650583+later, 1795000000000+later, 151+i%100+later/1000)
		}),
		"/edge_location_current_status": benchAnswer(min(60, n/5), func(i int) string {
			return fmt.Sprintf(`"edge_location_display_name":"Location %d","mu_state_instance":1,"rn_state_instance":1,"sc_state_instance":1,"ep_state_instance":1`, i)
		}),
	}
}

// benchToken is as long as a JWT of the API, so that looking for it in answers
// costs what it does.
func benchToken() string {
	random := rand.New(rand.NewPCG(1, 2))
	part := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(24) + "." + part(450) + "." + part(128)
}

func benchAnswer(rows int, row func(int) string) []byte {
	var b strings.Builder
	b.WriteString(`{"header":{"dataCount":` + fmt.Sprint(rows) + `},"data":[`)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("{" + row(i) + "}")
	}
	b.WriteString("]}")
	if !json.Valid([]byte(b.String())) {
		panic("the benchmark's answer is not JSON")
	}
	return []byte(b.String())
}
