package cli

import (
	"net/url"
	"regexp"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/servicestatus"
)

// serviceStatusFlags are those of the vendor's service status page.
type serviceStatusFlags struct {
	on                      bool
	url, components, caFile string
	interval                time.Duration
}

func (p *parser) addServiceStatus(app *kingpin.Application) {
	const name = "collector." + servicestatus.Name
	f := &p.page
	app.Flag(name, "The vendor's public service status page: components, incidents and maintenance. It needs no credential and is independent of the tenants.").Default("false").BoolVar(&f.on)
	app.Flag(name+".min-interval", "Minimum time between two polls of the page. Scrapes in between return the last answer.").Default("1m").DurationVar(&f.interval)
	app.Flag(name+".url", "URL of the API of the service status page.").Default(servicestatus.DefaultURL).StringVar(&f.url)
	app.Flag(name+".components", "Components of the page to export, as a regular expression that matches the whole name.").Default(".*").StringVar(&f.components)
	app.Flag(name+".ca-file", "File with the CA certificates to trust for connections to the page, instead of the system's.").StringVar(&f.caFile)
}

// checkServiceStatus refuses values of which nothing could come.
func (p *parser) checkServiceStatus(bad func(flag, format string, args ...any), notTooLate func(what string, interval time.Duration)) {
	const name = "collector." + servicestatus.Name
	f := p.page
	if f.on {
		notTooLate(name, f.interval)
	}
	if u, err := url.Parse(f.url); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		bad(name+".url", "%.100q is not a URL: write it like %s", f.url, servicestatus.DefaultURL)
	}
	if _, err := regexp.Compile(f.components); err != nil {
		bad(name+".components", "%.100q is not a regular expression: %w", f.components, err)
	}
}

// serviceStatus is what the flags say, once they are checked.
func (p *parser) serviceStatus() servicestatus.Settings {
	f := p.page
	s := servicestatus.Settings{
		On: f.on, URL: f.url, Components: regexp.MustCompile("^(?:" + f.components + ")$"), Interval: f.interval, HTTP: config.HTTPDefaults(),
	}
	s.HTTP.ProxyFromEnvironment = true
	s.HTTP.TLSConfig.CAFile = f.caFile
	return s
}
