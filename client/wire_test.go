package client

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	kitlog "github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	promconfig "github.com/prometheus/common/config"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// clientOf is a client that asks over real connections.
func clientOf(t *testing.T, url string, change func(*config.Tenant)) *Client {
	t.Helper()
	tenant := config.Tenant{Name: "acme", ID: "1", BaseURL: url, APIKeyFile: authtest.WriteKey(t, "", "first-key"), HTTP: config.HTTPDefaults()}
	if change != nil {
		change(&tenant)
	}
	c, err := New(Options{Tenant: tenant, Process: auth.NewProcess(prometheus.NewRegistry(), kitlog.NewNopLogger()), Budget: newBudget(), Logger: kitlog.NewNopLogger(), Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// answerAll gives tokens and empty answers and looks at each request.
func answerAll(look func(*http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		look(r)
		if isToken(r) {
			_, _ = io.WriteString(w, `{"token":"a.b.c"}`)
			return
		}
		_, _ = io.WriteString(w, noRows)
	}
}

func caFile(t *testing.T, server *httptest.Server) promconfig.TLSConfig {
	path := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return promconfig.TLSConfig{CAFile: path}
}

// TestHTTP11Only: the API documents HTTP/1.1, whatever a server offers and
// whatever the configuration says.
func TestHTTP11Only(t *testing.T) {
	var versions atomic.Value
	server := httptest.NewUnstartedServer(answerAll(func(r *http.Request) { versions.Store(r.Proto + " " + r.TLS.NegotiatedProtocol) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	c := clientOf(t, server.URL, func(tenant *config.Tenant) {
		tenant.HTTP.TLSConfig = caFile(t, server)
		tenant.HTTP.EnableHTTP2 = true
	})
	if err := c.ask("a"); err != nil {
		t.Fatal(err)
	}
	if got := versions.Load(); got != "HTTP/1.1 " && got != "HTTP/1.1 http/1.1" {
		t.Errorf("asked with %q", got)
	}
	// The server does speak HTTP/2 to those who want it.
	resp, err := server.Client().Get(server.URL)
	if err != nil || resp.ProtoMajor != 2 {
		t.Errorf("the test's server has no HTTP/2: %v", err)
	} else {
		resp.Body.Close()
	}
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(answerAll(func(*http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused certificate is what is wanted
	server.StartTLS()
	defer server.Close()
	err := clientOf(t, server.URL, nil).ask("a")
	kind(t, err, insights.ErrUnavailable)
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok || !strings.Contains(err.Error(), "the CA file") {
		t.Errorf("unknown authority: %v", err)
	}
	if err := clientOf(t, server.URL, func(tenant *config.Tenant) { tenant.HTTP.TLSConfig = caFile(t, server) }).ask("a"); err != nil {
		t.Errorf("with the CA file: %v", err)
	}
	tenant := config.Tenant{Name: "acme", ID: "1", BaseURL: server.URL, APIKeyFile: authtest.WriteKey(t, "", "k"), HTTP: config.HTTPDefaults()}
	tenant.HTTP.TLSConfig.CAFile = filepath.Join(t.TempDir(), "absent")
	if _, err := New(Options{Tenant: tenant, Process: auth.NewProcess(prometheus.NewRegistry(), kitlog.NewNopLogger()), Budget: newBudget(), Logger: kitlog.NewNopLogger()}); err == nil || !strings.Contains(err.Error(), "HTTP settings of tenant acme") {
		t.Errorf("a CA file that is not there: %v", err)
	}
}

// TestProxy: a proxy sees where to, and of a TLS connection nothing else.
func TestProxy(t *testing.T) {
	api := httptest.NewTLSServer(answerAll(func(*http.Request) {}))
	defer api.Close()
	var connects atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "api.invalid:443" || r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s %v", r.Method, r.Host, r.Header)
		}
		connects.Add(1)
		to, err := net.Dial("tcp", api.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		from, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		defer from.Close()
		go func() { defer to.Close(); _, _ = io.Copy(to, from) }()
		_, _ = io.Copy(from, to)
	}))
	defer proxy.Close()
	c := clientOf(t, "https://api.invalid", func(tenant *config.Tenant) {
		tenant.HTTP.TLSConfig = caFile(t, api)
		tenant.HTTP.TLSConfig.ServerName = "example.com"
		to, err := url.Parse(proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		tenant.HTTP.ProxyURL = promconfig.URL{URL: to}
	})
	if err := c.ask("a"); err != nil || connects.Load() == 0 {
		t.Errorf("%d connections through the proxy: %v", connects.Load(), err)
	}
	c.Close()
}

// TestRedirectsAreNotFollowed: no credential goes where it was not meant to
// go, even if the configuration says that redirects are followed.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var stolen atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, of := range []string{"token", "query"} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if (of == "token") == isToken(r) {
					http.Redirect(w, r, other.URL+r.URL.Path, status)
					return
				}
				answerAll(func(*http.Request) {})(w, r)
			}))
			c := clientOf(t, server.URL, func(tenant *config.Tenant) { tenant.HTTP.FollowRedirects = true })
			err := c.ask("a")
			kind(t, err, insights.ErrUnavailable)
			if host := strings.TrimPrefix(other.URL, "http://"); !strings.Contains(err.Error(), `redirects to host "`+host+`"`) {
				t.Errorf("%d: %v", status, err)
			}
			server.Close()
		}
	}
	if stolen.Load() != 0 {
		t.Errorf("%d requests went to another host", stolen.Load())
	}
}

// TestLyingLength: an answer that says that it is longer than any may be is not
// waited for.
func TestLyingLength(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isToken(r) {
			_, _ = io.WriteString(w, `{"token":"a.b.c"}`)
			return
		}
		w.Header().Set("Content-Length", "1099511627776")
		_, _ = io.WriteString(w, noRows)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // until whoever asked has gone
	}))
	defer server.Close()
	kind(t, clientOf(t, server.URL, nil).ask("a"), insights.ErrMalformed)
}
