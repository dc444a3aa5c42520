package network

import (
	"bufio"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/config"
)

// proxy answers CONNECT with a status line, or with a connection for "".
func proxy(t *testing.T, status string) *url.URL {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		if status != "" {
			_, _ = io.WriteString(conn, "HTTP/1.1 "+status+"\r\nContent-Length: 6\r\n\r\nsecret")
			return
		}
		there, err := new(net.Dialer).DialContext(r.Context(), "tcp", r.Host)
		if err != nil {
			return
		}
		defer there.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, conn) }()
		_, _ = io.Copy(conn, bufio.NewReader(there))
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("someone", "pa55word")
	return u
}

func get(t *testing.T, c config.HTTPClientConfig, address string) (*http.Response, error) {
	t.Helper()
	transport, err := Transport(c)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: transport}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	return resp, err
}

// TestProxyThatRefuses: it is named, with its status, and with no password.
func TestProxyThatRefuses(t *testing.T) {
	for status, hint := range map[string]string{
		"403 Forbidden":                     "ask whoever runs the proxy",
		"407 Proxy Authentication Required": "check the user and the password",
		"503 No way":                        "ask whoever runs the proxy",
	} {
		u := proxy(t, status)
		_, err := get(t, config.HTTPClientConfig{ProxyConfig: config.ProxyConfig{ProxyURL: config.URL{URL: u}}}, "https://api.example:443/x")
		refusal, ok := errors.AsType[*ProxyRefusal](err)
		if !ok || refusal.Proxy != u.Host || refusal.Target != "api.example:443" || refusal.Status != status || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: got %v", status, err)
		}
		if err != nil && (strings.Contains(err.Error(), "pa55word") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: the error has a secret: %v", status, err)
		}
	}
}

// TestSecrets: what only the proxy is sent.
func TestSecrets(t *testing.T) {
	with := func(proxy string) config.HTTPClientConfig {
		u, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		return config.HTTPClientConfig{ProxyConfig: config.ProxyConfig{
			ProxyURL: config.URL{URL: u}, ProxyConnectHeader: config.ProxyHeader{"X-Key": {"header"}},
		}}
	}
	if got := Secrets(with("http://user:pa%40ss@proxy:1")); !slices.Equal(got, []string{"pa@ss", "header"}) {
		t.Errorf("got %q", got)
	}
	if got := Secrets(with("http://user@proxy:1")); !slices.Equal(got, []string{"header"}) {
		t.Errorf("without a password: %q", got)
	}
	if got := Secrets(config.HTTPClientConfig{}); len(got) > 0 {
		t.Errorf("without a proxy: %q", got)
	}
}

// TestTransport goes through a proxy to a server whose certificate a file has,
// by HTTP/1.1 though the server offers HTTP/2.
func TestTransport(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tls := range map[string]config.TLSConfig{"in a file": {CAFile: ca}, "in the configuration": {CA: string(b)}} {
		for _, through := range []*url.URL{nil, proxy(t, "")} {
			resp, err := get(t, config.HTTPClientConfig{TLSConfig: tls, ProxyConfig: config.ProxyConfig{ProxyURL: config.URL{URL: through}}}, server.URL)
			if err != nil || resp.ProtoMajor != 1 || resp.StatusCode != http.StatusOK {
				t.Errorf("%s: got %v, %v", name, resp, err)
			}
		}
	}
	if _, err := get(t, config.HTTPClientConfig{}, server.URL); err == nil {
		t.Error("a certificate of nobody known is trusted")
	}
	if _, err := Transport(config.HTTPClientConfig{TLSConfig: config.TLSConfig{CAFile: "absent.pem"}}); err == nil {
		t.Error("a file that is not there is no mistake")
	}
}
