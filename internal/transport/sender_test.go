package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	promconfig "github.com/prometheus/common/config"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
)

// roundTrip is a vendor within the process.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return f(r)
}

func reply(status int, body io.Reader, length int64) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body), ContentLength: length, ProtoMajor: 1, ProtoMinor: 1}
}

// newSender is a Sender with a process of its own, unless there is one.
func newSender(t *testing.T, name string, p *Process, vendor roundTrip) *Sender {
	t.Helper()
	if p == nil {
		p = NewProcess(prometheus.NewRegistry(), log.NewNopLogger())
	}
	s, err := New(Options{
		Name: name, Kind: "tenant", HTTP: promconfig.DefaultHTTPClientConfig, Process: p,
		Budget:  budget.New(budget.Options{RequestsPerMinute: 6000, Concurrency: 64}),
		Timeout: 30 * time.Second, Transport: vendor, Logger: log.NewNopLogger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func request(resource string, read func(*Response) error) Request {
	if read == nil {
		read = func(*Response) error { return nil }
	}
	return Request{Resource: resource, URL: "https://api.invalid/" + resource, Read: read}
}

// zeros is an answer without an end, or one that drips.
type zeros struct{ every time.Duration }

func (z zeros) Read(p []byte) (int, error) {
	if z.every > 0 {
		time.Sleep(z.every)
		p = p[:1]
	}
	clear(p)
	return len(p), nil
}

// TestAnswersAreBounded: each in length and time, and all together.
func TestAnswersAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		body   io.Reader
		length int64
		kind   error
		text   string
	}{
		"endless":                {zeros{}, -1, insights.ErrMalformed, "longer than 16777216 bytes"},
		"one byte more":          {io.LimitReader(zeros{}, maxBody+1), -1, insights.ErrMalformed, "longer than 16777216 bytes"},
		"as it says":             {io.LimitReader(zeros{}, maxBody+1), maxBody + 1, insights.ErrMalformed, "longer than 16777216 bytes"},
		"the most":               {io.LimitReader(zeros{}, maxBody), -1, nil, ""},
		"the most, as it says":   {io.LimitReader(zeros{}, maxBody), maxBody, nil, ""},
		"an exabyte, as it says": {strings.NewReader("x"), 1 << 60, insights.ErrMalformed, "longer than 16777216 bytes"},
		"nothing":                {strings.NewReader(""), 0, nil, ""},
		"breaks off":             {io.MultiReader(strings.NewReader("x"), brokenReader{}), 10, insights.ErrUnavailable, "the answer ended early"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSender(t, "acme", nil, func(*http.Request) (*http.Response, error) { return reply(200, c.body, c.length), nil })
			err := s.Send(t.Context(), request("a", nil))
			if !errors.Is(err, c.kind) || (err == nil) != (c.kind == nil) || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v", name, err)
			}
			if m := s.Process.memory; m.used != 0 || len(m.of) != 0 {
				t.Errorf("%s: %d bytes are not given back", name, m.used)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestOneTenantsAnswersLeaveRoomForOthers: however much its API sends.
func TestOneTenantsAnswersLeaveRoomForOthers(t *testing.T) {
	p := NewProcess(prometheus.NewRegistry(), log.NewNopLogger())
	const size = 15 << 20
	var reading sync.WaitGroup
	hold := make(chan struct{})
	bad := newSender(t, "bad", p, func(*http.Request) (*http.Response, error) {
		return reply(200, io.LimitReader(zeros{}, size), -1), nil
	})
	var all sync.WaitGroup
	reading.Add(2) // there is room for no more
	for i := range 2 {
		all.Go(func() {
			if err := bad.Send(t.Context(), request(fmt.Sprint("r", i), func(*Response) error {
				reading.Done()
				<-hold
				return nil
			})); err != nil {
				t.Error(err)
			}
		})
	}
	reading.Wait()
	if err := bad.Send(t.Context(), request("more", nil)); err == nil || !strings.Contains(err.Error(), "use all the memory") {
		t.Errorf("the third: %v", err)
	}
	if p.memory.used > maxOfOne {
		t.Errorf("%d bytes of one tenant", p.memory.used)
	}
	good := newSender(t, "good", p, func(*http.Request) (*http.Response, error) {
		return reply(200, io.LimitReader(zeros{}, size), size), nil
	})
	if err := good.Send(t.Context(), request("a", nil)); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	close(hold)
	all.Wait()
	if p.memory.used != 0 {
		t.Errorf("%d bytes are not given back", p.memory.used)
	}
}

// TestNothingIsSentInTheClear but to this machine.
func TestNothingIsSentInTheClear(t *testing.T) {
	sent := 0
	s := newSender(t, "acme", nil, func(*http.Request) (*http.Response, error) {
		sent++
		return reply(200, strings.NewReader("{}"), 2), nil
	})
	for address, want := range map[string]bool{
		"https://api.example/a": true, "http://127.0.0.1:1/a": true, "http://[::1]/a": true, "http://localhost/a": true,
		"http://api.example/a": false, "http://127.0.0.1.example/a": false, "ftp://127.0.0.1/a": false, "http://10.0.0.1/a": false, "//api/a": false, "::": false,
	} {
		before := sent
		r := request("a", nil)
		r.URL = address
		err := s.Send(t.Context(), r)
		if (err == nil) != want || (sent > before) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestCloseEndsWhatIsUnderWay, and brings no series back.
func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		s := newSender(t, "acme", NewProcess(registry, log.NewNopLogger()), func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		done := make(chan error)
		go func() { done <- s.Send(t.Context(), request("a", nil)) }()
		synctest.Wait()
		start := time.Now()
		if !s.Close() || s.Close() {
			t.Error("it was the last of its name, once")
		}
		if err := <-done; err == nil || time.Since(start) > 0 {
			t.Errorf("it ended %v later: %v", time.Since(start), err)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if strings.Contains(m.String(), "acme") {
					t.Errorf("left: %s %v", f.GetName(), m)
				}
			}
		}
	})
}

// TestCountingNeedsNoLock, and goes on in the same series while a sender is
// replaced.
func TestCountingNeedsNoLock(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	p := NewProcess(registry, log.NewNopLogger())
	fresh := func() *Sender {
		return newSender(t, "acme", p, func(*http.Request) (*http.Response, error) { return reply(200, strings.NewReader("{}"), 2), nil })
	}
	old := fresh()
	for _, c := range []struct {
		s    *Sender
		want float64
	}{{old, 1}, {fresh(), 2}, {old, 3}} {
		p.mu.Lock()
		err := c.s.Send(t.Context(), request("a", func(*Response) error { return nil }))
		p.mu.Unlock()
		if err != nil || asked(t, registry) != c.want {
			t.Errorf("%v requests, want %v: %v", asked(t, registry), c.want, err)
		}
		t.Cleanup(func() { c.s.Close() })
	}
}

// asked is how many requests the metrics tell of.
func asked(t *testing.T, g prometheus.Gatherer) (n float64) {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == apiRequests.Name {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

// TestHoldsAreTold: as metrics, and in the words of the error.
func TestHoldsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		s := newSender(t, "acme", NewProcess(registry, log.NewNopLogger()), func(*http.Request) (*http.Response, error) {
			return reply(403, strings.NewReader(`{"errorCode":"REST10003"}`), -1), nil
		})
		err := s.Send(t.Context(), request("a", nil))
		held := s.Held()
		if len(held) != 1 || err.Error() != held[0].Reason+"; next try after "+held[0].Until.UTC().Format(time.TimeOnly)+" UTC" ||
			held[0].Reason != "a: the API forbids the query (HTTP 403, REST10003)" {
			t.Errorf("%v, and held are %v", err, held)
		}
		again := s.Send(t.Context(), request("a", nil))
		if !FromHold(again) || FromHold(err) || again.Error() != err.Error() {
			t.Errorf("then %v", again)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if strings.Contains(f.GetName(), "hold") || strings.Contains(f.GetName(), "breaker") {
					var labels []string
					for _, l := range m.GetLabel() {
						labels = append(labels, l.GetName()+"="+l.GetValue())
					}
					got = append(got, fmt.Sprint(f.GetName(), labels, m.GetGauge().GetValue()-float64(time.Now().Unix())*float64(strings.Count(f.GetName(), "until"))))
				}
			}
		}
		want := "prisma_exporter_breaker_open[reason=blocked tenant=acme] 0 prisma_exporter_breaker_open[reason=resource tenant=acme] 1 " +
			"prisma_exporter_hold_until_timestamp_seconds[reason=refused scope=query tenant=acme] 60"
		if strings.Join(got, " ") != want {
			t.Errorf("got  %v\nwant %s", got, want)
		}
	})
}
