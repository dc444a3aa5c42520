package cli

import (
	"fmt"
	"net/url"
	"strings"
)

// placeRoutes brings the external URL and the prefix of the routes into their
// one form. What they mean is what they mean for Prometheus.
func (p *parser) placeRoutes() error {
	external, err := url.Parse(p.ExternalURL)
	if err != nil || p.ExternalURL != "" && !isExternal(external) {
		// It is not repeated: it may have a password in it.
		return fmt.Errorf("%s: write it as https://HOST/PATH, without a user, a question mark or a fragment", named("web.external-url"))
	}
	p.ExternalURL = strings.TrimRight(p.ExternalURL, "/")
	if p.RoutePrefix == "" {
		p.RoutePrefix = external.Path
	}
	if p.RoutePrefix = strings.Trim(p.RoutePrefix, "/"); p.RoutePrefix == "" {
		return nil
	}
	p.RoutePrefix = "/" + p.RoutePrefix
	if !telemetryPath.MatchString(p.RoutePrefix) {
		return fmt.Errorf("%s: %q: use a path such as /prisma", named("web.route-prefix"), p.RoutePrefix)
	}
	return nil
}

// isExternal says whether a URL may be one to reach the exporter at.
func isExternal(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
