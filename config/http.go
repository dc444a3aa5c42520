package config

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/prometheus/common/config"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// httpFields are those of the settings of Prometheus's programs that make
// sense here: how to get to the API. Those that would send a credential or
// headers of another kind do not, nor those that the API decides.
type httpFields struct {
	ProxyURL             string              `yaml:"proxy_url"`
	NoProxy              string              `yaml:"no_proxy"`
	ProxyFromEnvironment bool                `yaml:"proxy_from_environment"`
	ProxyConnectHeader   map[string][]string `yaml:"proxy_connect_header"`
	TLS                  tlsFields           `yaml:"tls_config"`
}

type tlsFields struct {
	CA                 string `yaml:"ca"`
	CAFile             string `yaml:"ca_file"`
	Cert               string `yaml:"cert"`
	CertFile           string `yaml:"cert_file"`
	Key                string `yaml:"key"`
	KeyFile            string `yaml:"key_file"`
	ServerName         string `yaml:"server_name"`
	InsecureSkipVerify bool   `yaml:"insecure_skip_verify"`
	MinVersion         string `yaml:"min_version"`
	MaxVersion         string `yaml:"max_version"`
}

// http reads how to get to an API.
func (e *entry) http(p pair) config.HTTPClientConfig {
	c := HTTPDefaults()
	var f httpFields
	before := len(e.loader.mistakes)
	e.into(p.value, p.path, &f)
	tls := &c.TLSConfig
	for _, v := range []struct {
		field, name string
		version     *config.TLSVersion
	}{{"min_version", f.TLS.MinVersion, &tls.MinVersion}, {"max_version", f.TLS.MaxVersion, &tls.MaxVersion}} {
		known, ok := config.TLSVersions[v.name]
		if *v.version = known; !ok && v.name != "" {
			path := p.path + ".tls_config." + v.field
			e.bad(e.lines[path], path, "%s: use TLS12 or TLS13", redact.Quote(v.name))
		}
	}
	tls.CA, tls.CAFile, tls.Cert, tls.CertFile = f.TLS.CA, f.TLS.CAFile, f.TLS.Cert, f.TLS.CertFile
	tls.Key, tls.KeyFile = config.Secret(f.TLS.Key), f.TLS.KeyFile
	tls.ServerName, tls.InsecureSkipVerify = f.TLS.ServerName, f.TLS.InsecureSkipVerify
	c.NoProxy, c.ProxyFromEnvironment = f.NoProxy, f.ProxyFromEnvironment
	if f.ProxyConnectHeader != nil {
		c.ProxyConnectHeader = config.ProxyHeader{}
	}
	for name, values := range f.ProxyConnectHeader {
		for _, v := range values {
			c.ProxyConnectHeader[name] = append(c.ProxyConnectHeader[name], config.Secret(v))
		}
	}
	if f.ProxyURL != "" {
		proxy, err := parseProxy(f.ProxyURL)
		if c.ProxyURL = (config.URL{URL: proxy}); err != nil {
			e.bad(e.lines[p.path+".proxy_url"], p.path+".proxy_url", "%w", err)
		}
	}
	if strings.Contains(f.NoProxy, "://") {
		e.bad(e.lines[p.path+".no_proxy"], p.path+".no_proxy", "this has a URL, which matches nothing: list hosts, domains and networks, such as example.com,10.0.0.0/8")
	}
	if tls.MinVersion > tls.MaxVersion && tls.MaxVersion != 0 {
		path := p.path + ".tls_config.min_version"
		e.bad(e.lines[path], path, "%s is later than max_version %s: swap them, or remove one", f.TLS.MinVersion, f.TLS.MaxVersion)
	}
	if f.ProxyFromEnvironment {
		if err := CheckProxyEnvironment(); err != nil {
			e.bad(e.lines[p.path+".proxy_from_environment"], p.path+".proxy_from_environment", "%w", err)
		}
	}
	if len(e.loader.mistakes) == before {
		if err := cmp.Or(c.Validate(), c.TLSConfig.Validate()); err != nil {
			e.bad(p.line, p.path, "%w", err)
		}
	}
	return c
}

// proxySchemes are the kinds of proxy that Go's HTTP client knows.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// parseProxy reads the URL of a proxy. A text that cannot be understood is an
// error here, since net/http takes some of them for no proxy at all. What may
// hold a password is not in the error.
func parseProxy(text string) (*url.URL, error) {
	const form = "write it as http://HOST:PORT"
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "://"):
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err // without the URL
		}
		if strings.Contains(text, "@") {
			return nil, errors.New("this is not a URL (it is not shown because it may contain a password): escape special characters in the password, such as % as %25")
		}
		return nil, fmt.Errorf("this is not a URL (%w): %s", err, form)
	case !strings.Contains(text, "://"):
		return nil, errors.New("the scheme is missing: " + form)
	case !slices.Contains(proxySchemes, u.Scheme):
		return nil, fmt.Errorf("%s is not a supported kind of proxy: %s", redact.Quote(u.Scheme), form)
	case u.Hostname() == "":
		return nil, errors.New("the host is missing: " + form)
	case !isPort(u):
		return nil, errors.New("the port is not a number from 1 to 65535: " + form)
	case strings.Trim(u.Path, "/") != "" || strings.ContainsAny(text, "?#"):
		return nil, errors.New("a proxy has no path, query (?) or fragment (#): " + form)
	}
	return u, nil
}

// CheckProxyEnvironment reports a proxy in the environment that cannot be
// understood. Go's HTTP client would go without it and say nothing.
func CheckProxyEnvironment() error {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} { // in the order in which they are looked for
		text := os.Getenv(name)
		if text == "" {
			continue
		}
		_, err := parseProxy(text)
		if err != nil && !strings.Contains(text, "://") {
			_, err = parseProxy("http://" + text) // as all programs take it from there
		}
		if err != nil {
			return fmt.Errorf("environment variable %s: %w", name, err)
		}
		return nil
	}
	return nil
}
