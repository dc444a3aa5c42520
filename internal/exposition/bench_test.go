package exposition

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/klauspost/compress/gzip"
)

var (
	tunnelNames = []string{"tunnel", "site", "node_type", "location", "instance_name"}
	tunnelState = &Metric{
		Name: "prisma_access_tunnel_state", Help: "State of the tunnel.", Type: Gauge, Labels: tunnelNames,
		States: []string{"up", "unknown", "init", "inactive", "down"},
	}
	tunnelMonitor = &Metric{
		Name: "prisma_access_tunnel_monitor_state", Help: "State of the monitoring.", Type: Gauge, Labels: tunnelNames,
		States: []string{"up", "not_configured", "unknown", "down"},
	}
	tunnelDisconnections = &Metric{Name: "prisma_access_tunnel_disconnections", Help: "Disconnections.", Type: Gauge, Labels: tunnelNames}
	tunnelThroughput     = &Metric{Name: "prisma_access_tunnel_throughput_bytes_per_second", Help: "Throughput.", Type: Gauge, Labels: tunnelNames}
)

// tunnels is what a poll of one tenant's tunnels gives: 11 series for each.
func tunnels(tenant string, n int) []Part {
	b := scope(tenant)
	for i := range n {
		l := b.Labels(tunnelNames, fmt.Sprint("tunnel-", i), fmt.Sprint("branch-", i/2), "remote_network", "France North", fmt.Sprint("FW_", i, "_france-north"))
		b.AddState(tunnelState, l, i%3)
		b.AddState(tunnelMonitor, l, 1)
		b.Add(tunnelDisconnections, l, float64(i%40))
		b.Add(tunnelThroughput, l, 763.5+float64(i)/7)
	}
	return b.Parts()
}

// manyTenants is the parts of tenants that have a few tunnels each.
func manyTenants(tenants, n int) []Part {
	var parts []Part
	for i := range tenants {
		parts = append(parts, tunnels(fmt.Sprintf("tenant-%03d", i), n)...)
	}
	return parts
}

// sent is a response that a client reads to its end.
type sent struct {
	header http.Header
	size   int
}

func (s *sent) Header() http.Header { return s.header }
func (s *sent) WriteHeader(int)     {}
func (s *sent) Write(b []byte) (int, error) {
	s.size += len(b)
	return len(b), nil
}

func send(tb testing.TB, parts []Part, accept, coding string) int {
	tb.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept", accept)
	r.Header.Set("Accept-Encoding", coding)
	w := &sent{header: http.Header{}}
	if err := NewPage(parts, nil).Render(r).Send(w); err != nil {
		tb.Fatal(err)
	}
	return w.size
}

const (
	acceptText     = "text/plain;version=0.0.4"
	acceptProtobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)

// BenchmarkResponse is what a scrape costs that finds all readings fresh: of
// one tenant with 22,400 tunnels, and of 1,000 tenants with 20 tunnels each.
func BenchmarkResponse(b *testing.B) {
	for _, size := range []struct {
		name             string
		tenants, tunnels int
	}{{"large", 1, 22400}, {"many", 1000, 20}} {
		parts := manyTenants(size.tenants, size.tunnels)
		for _, c := range []struct{ name, accept, coding string }{
			{"text/gzip", acceptText, "gzip"},
			{"text/identity", acceptText, "identity"},
			{"protobuf/gzip", acceptProtobuf, "gzip"},
			{"protobuf/identity", acceptProtobuf, "identity"},
		} {
			b.Run(size.name+"/"+c.name, func(b *testing.B) {
				wire := send(b, parts, c.accept, c.coding) // the first makes what is kept
				b.ReportAllocs()
				for b.Loop() {
					send(b, parts, c.accept, c.coding)
				}
				b.ReportMetric(float64(wire), "wire_bytes")
			})
		}
	}
}

// BenchmarkFirstProtobuf is what the first scrape for protobuf costs.
func BenchmarkFirstProtobuf(b *testing.B) {
	b.ReportAllocs()
	parts := tunnels("a", 22400)
	for b.Loop() {
		for i, p := range parts {
			parts[i].body = &body{text: p.body.text}
		}
		send(b, parts, acceptProtobuf, "gzip")
	}
}

// BenchmarkParts is what a poll of 22,400 tunnels costs from the rows on.
func BenchmarkParts(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		tunnels("a", 22400)
	}
}

// BenchmarkCompress is what compressing the same text costs at each scrape.
func BenchmarkCompress(b *testing.B) {
	var text textBuffer
	if err := NewPage(tunnels("a", 22400), nil).WriteText(&text); err != nil {
		b.Fatal(err)
	}
	w, err := gzip.NewWriterLevel(io.Discard, level)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		w.Reset(io.Discard)
		_, _ = w.Write(text)
		_ = w.Close()
	}
}

type textBuffer []byte

func (t *textBuffer) Write(b []byte) (int, error) {
	*t = append(*t, b...)
	return len(b), nil
}
