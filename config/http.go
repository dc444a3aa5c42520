package config

import (
	"bytes"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"
)

// The settings of Prometheus's programs that make sense here: how to get to the
// API. Those that would send a credential or headers of another kind do not,
// nor those that the API decides.
var (
	httpFields = []string{"no_proxy", "proxy_connect_header", "proxy_from_environment", "proxy_url", "tls_config"}
	tlsFields  = []string{"ca", "ca_file", "cert", "cert_file", "insecure_skip_verify", "key", "key_file", "max_version", "min_version", "server_name"}
)

// http reads the settings that all of Prometheus's programs share.
func (l *loader) http(n *yaml.Node) config.HTTPClientConfig {
	c := HTTPDefaults()
	before := len(l.errs)
	fields := l.only(n, "http", httpFields, "only a proxy and tls_config can be set here: the API has credentials and headers of its own")
	if tls := fields["tls_config"]; tls != nil {
		l.only(tls, "tls_config", tlsFields, "certificates, names and versions can be set here")
	}
	if len(l.errs) > before {
		return c
	}
	b, err := yaml.Marshal(n)
	if err == nil {
		decoder := yaml.NewDecoder(bytes.NewReader(b))
		decoder.KnownFields(true)
		err = decoder.Decode(&c)
	}
	if err == nil {
		err = c.TLSConfig.Validate()
	}
	var kinds *yaml.TypeError
	var address *url.Error
	switch {
	case errors.As(err, &kinds):
		for _, e := range kinds.Errors {
			l.errorf(n.Line, "http: %s", lineInside.ReplaceAllString(e, ""))
		}
	case errors.As(err, &address): // which quotes the URL, and a password in it
		l.errorf(n.Line, "http: proxy_url is no URL: %w", address.Err)
	case err != nil:
		l.errorf(n.Line, "http: %w", err)
	}
	c.EnableHTTP2, c.FollowRedirects = false, false // which decoding sets
	return c
}

// only refuses all but some fields, and returns those that there are.
func (l *loader) only(n *yaml.Node, what string, names []string, why string) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		l.errorf(n.Line, "%s has to be a mapping of %s", what, strings.Join(names, ", "))
		return found
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if !slices.Contains(names, key.Value) {
			l.errorf(key.Line, "%s.%s: %s; use some of %s", what, key.Value, why, strings.Join(names, ", "))
		}
		found[key.Value] = value
	}
	return found
}

// lineInside is a line number that counts from somewhere inside of the file.
var lineInside = regexp.MustCompile(`^line \d+: `)
