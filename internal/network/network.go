// Package network is how requests leave the process: through proxies, and with
// which certificates.
package network

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/common/config"
)

const (
	// handshakeTimeout bounds a TLS handshake. Go's http.DefaultTransport has
	// the same.
	handshakeTimeout = 10 * time.Second
	// idleTimeout is how long a connection is kept that nobody uses: longer
	// than the time between two polls.
	idleTimeout = 5 * time.Minute
)

// ProxyRefusal is the error of a proxy that does not let a connection through.
// It is the proxy that says so, and nobody behind it.
type ProxyRefusal struct {
	// Proxy is the host and port of the proxy, Target those of where the
	// connection was to go.
	Proxy, Target string
	// Status is that of the proxy's answer, such as "403 Forbidden".
	Status string
	Code   int
}

func (e *ProxyRefusal) Error() string {
	hint := "ask whoever runs the proxy to allow it"
	if e.Code == http.StatusProxyAuthRequired {
		hint = "check the user and the password in the proxy's URL"
	}
	return fmt.Sprintf("the proxy %s refuses the connection to %s with HTTP %s: %s", e.Proxy, e.Target, e.Status, hint)
}

// Transport is http.RoundTripper with the proxy and the certificates of a
// configuration; certificates that are replaced are read again. It speaks
// HTTP/1.1 only, as the API's documents want it, and sends no credential. (The
// library's own transport does not say that it is a proxy that refuses.)
func Transport(c config.HTTPClientConfig) (http.RoundTripper, error) {
	tlsConfig, err := config.NewTLSConfig(&c.TLSConfig)
	if err != nil {
		return nil, err
	}
	build := func(t *tls.Config) (http.RoundTripper, error) {
		return &http.Transport{
			Proxy: c.Proxy(), ProxyConnectHeader: c.GetProxyConnectHeader(), OnProxyConnectResponse: connected,
			TLSClientConfig: t, TLSHandshakeTimeout: handshakeTimeout,
			// An HTTP/2 offer is made only where TLSNextProto is nil.
			TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
			MaxIdleConns: 0, MaxIdleConnsPerHost: 1000, IdleConnTimeout: idleTimeout,
			DisableCompression: true, // who asks says what it can read
		}, nil
	}
	files := config.TLSRoundTripperSettings{
		CA: file(c.TLSConfig.CAFile), Cert: file(c.TLSConfig.CertFile), Key: file(c.TLSConfig.KeyFile),
	}
	if files.CA == nil && files.Cert == nil && files.Key == nil {
		return build(tlsConfig)
	}
	return config.NewTLSRoundTripper(tlsConfig, files, build)
}

// Secrets are what a configuration sends to its proxy and to nobody else: a
// password and headers. The proxy may quote them.
func Secrets(c config.HTTPClientConfig) []string {
	var all []string
	anywhere := &http.Request{URL: &url.URL{Scheme: "https", Host: "proxied.invalid"}}
	if of := c.Proxy(); of != nil {
		if proxy, err := of(anywhere); err == nil && proxy != nil {
			if password, ok := proxy.User.Password(); ok {
				all = append(all, password)
			}
		}
	}
	for _, values := range c.GetProxyConnectHeader() {
		all = append(all, values...)
	}
	return all
}

// file reads a file again and again, or is nil for none.
func file(path string) config.SecretReader {
	if path == "" {
		return nil
	}
	return config.NewFileSecret(path)
}

// connected looks at a proxy's answer to CONNECT.
func connected(_ context.Context, proxy *url.URL, req *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyRefusal{Proxy: proxy.Host, Target: req.URL.Opaque, Status: resp.Status, Code: resp.StatusCode}
}
