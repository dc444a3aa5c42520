package client

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	promconfig "github.com/prometheus/common/config"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// TestProxyThatRefuses: it is told as the one that refuses, and asked once.
func TestProxyThatRefuses(t *testing.T) {
	var connects atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connects.Add(1)
		http.Error(w, "policy", http.StatusForbidden)
	}))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := clientOf(t, "https://api.invalid", func(tenant *config.Tenant) { tenant.HTTP.ProxyURL = promconfig.URL{URL: at} })
	err = c.ask("a")
	kind(t, err, insights.ErrUnavailable)
	if want := "the proxy " + at.Host + " refuses the connection to api.invalid:443 with HTTP 403 Forbidden"; !strings.Contains(err.Error(), want) || connects.Load() != 1 {
		t.Errorf("asked %d times, got %v", connects.Load(), err)
	}
	proxy.Close()
	if err := c.ask("b"); !strings.Contains(err.Error(), "cannot connect to the proxy") {
		t.Errorf("a proxy that is gone: %v", err)
	}
}

// TestByteOrderMark: one before an answer, a token and an error is nothing.
func TestByteOrderMark(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isToken(r):
			_, _ = io.WriteString(w, "\uFEFF"+`{"token":"a.b.c"}`)
		case status != http.StatusOK:
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "\uFEFF"+`{"errorCode":"DATA10003","message":"gone"}`)
		default:
			_, _ = io.WriteString(w, "\uFEFF"+noRows)
		}
	}))
	defer server.Close()
	c := clientOf(t, server.URL, nil)
	if err := c.ask("a"); err != nil {
		t.Error(err)
	}
	status = http.StatusBadRequest
	kind(t, c.ask("b"), insights.ErrMissing)
}
