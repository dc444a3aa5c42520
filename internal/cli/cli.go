// Package cli reads the command line. It is the only room that knows how that
// is done; what it yields are plain values.
package cli

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/logging"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
	"github.com/prisma-exporter/prisma_exporter/internal/servicestatus"
)

// Options are what the command line says.
type Options struct {
	// Demo asks for a simulated API, of the version DemoAPI.
	Demo    bool
	DemoAPI string
	// Check asks for a look at each resource in place of serving.
	Check Check
	// Silence asks for calls of amtool in place of serving, if it is not zero:
	// silences of that length for the alerts that are open.
	Silence time.Duration
	// Configuration is where that of the exporter is.
	Configuration Configuration
	// AutoReload is how often to look whether the configuration file has
	// changed, and zero for never.
	AutoReload time.Duration

	// ScrapeTimeout is the most time for a scrape, and TimeoutOffset what is
	// kept of the scraper's own timeout for the way back.
	ScrapeTimeout, TimeoutOffset time.Duration
	Freshness                    poll.Freshness
	// Collectors are those that run.
	Collectors       []collector.Enabled
	CollectorOptions collector.Options
	// CapacityInterval is how long an answer to a company is fresh.
	CapacityInterval time.Duration
	// ServiceStatus is what of the vendor's service status page is watched.
	ServiceStatus servicestatus.Settings

	Budget budget.Options
	// APITimeout is the most time for one request to the API.
	APITimeout time.Duration

	Web *web.FlagConfig
	// ExternalURL is where people reach the exporter, without a slash at its
	// end, or "" where that is not said. RoutePrefix is before all routes: "" or
	// without a slash at its end.
	ExternalURL, RoutePrefix string
	TelemetryPath            string
	// MaxRequests is the most scrapes at a time.
	MaxRequests int
	// DisableExporterMetrics leaves out the metrics about the process.
	DisableExporterMetrics bool
	// ProbeOnly leaves what is watched to /probe.
	ProbeOnly bool

	Log logging.Options
}

// Check is what is checked and shown.
type Check struct {
	On bool
	// Failures leaves out what is well, and Only all but the one of a name.
	Failures bool
	Only     string
	// Capture is the folder to write what was asked and answered into.
	Capture string
}

// parser is what kingpin writes into.
type parser struct {
	Options
	collectors []*collectorFlags
	autoReload bool
	page       serviceStatusFlags
}

// collectorFlags switch one collector.
type collectorFlags struct {
	collector.Definition
	enabled  bool
	interval time.Duration
}

var (
	telemetryPath = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+$`)
	ownRoutes     = regexp.MustCompile(`^/(probe|targets|-|alerts|dashboards)(/|$)`)
)

// pollTimeout bounds a poll, which mostly waits for its share of the budget
// when there are many tenants. It is long, because what a poll has asked for
// is lost when it ends too soon.
const pollTimeout = 5 * time.Minute

// rarely is from which interval on, by default, something changes so seldom that
// its last answer is good until it is polled again, whatever the staleness.
const rarely = time.Hour

// Parse reads the command line. Its error says what to write instead.
func Parse(args []string) (Options, error) {
	app := kingpin.New("prisma_exporter", "Prometheus exporter for Palo Alto Networks Prisma Access.")
	app.HelpFlag.Short('h')
	app.Version(version.Print("prisma_exporter"))
	p := &parser{}
	p.addModes(app)
	p.Configuration.add(app)
	p.addScrape(app)
	p.addCollectors(app)
	p.addServiceStatus(app)
	p.addCapacity(app)
	p.addAPI(app)
	p.addWeb(app)
	p.addLog(app)
	withVariables(app)
	if _, err := app.Parse(args); err != nil {
		return Options{}, explain(app, args, err)
	}
	if err := errors.Join(p.validate(), p.placeRoutes()); err != nil {
		return Options{}, err
	}
	return p.options(), nil
}

func (p *parser) addModes(app *kingpin.Application) {
	app.Flag("demo", "Run against a simulated Insights API and a simulated capacity platform, without a tenant or a key.").BoolVar(&p.Demo)
	app.Flag("config.file", "Configuration file, which replaces the --prisma.* flags and can have several tenants; see docs/configuration.md.").StringVar(&p.Configuration.file)
	app.Flag("config.auto-reload", "Reload the configuration file when its content changes.").BoolVar(&p.autoReload)
	app.Flag("config.auto-reload-interval", "How often to check whether the configuration file has changed.").Default("30s").DurationVar(&p.AutoReload)
	app.Flag("config.check", "Query each resource of the API once, print what works and what is wrong, and exit with 0 or 1.").BoolVar(&p.Check.On)
	app.Flag("config.check.failures", "Like --config.check, but print only what is wrong.").BoolVar(&p.Check.Failures)
	app.Flag("config.check.capture", "Like --config.check, but also write the API requests and answers to this new directory, with all personal data replaced, so that you can attach them to an issue.").StringVar(&p.Check.Capture)
	app.Flag("config.check.tenant", "Like --config.check, but only for the tenant or company with this name.").StringVar(&p.Check.Only)
	app.Flag("alerts.silence", "Print amtool commands that silence the currently open alerts (or the incidents that page instead of them) for this duration, and exit; see docs/adopting.md.").
		PlaceHolder("DURATION").DurationVar(&p.Silence)
	app.Flag("demo.api", "Version of the Insights API that the demo uses. One of: ["+strings.Join(config.VersionNames(), ", ")+"]").Default(config.V1).EnumVar(&p.DemoAPI, config.VersionNames()...)
}

func (p *parser) addScrape(app *kingpin.Application) {
	app.Flag("scrape.max-staleness", "How long to export the last good answer while the API gives no new one.").Default("10m").DurationVar(&p.Freshness.MaxStaleness)
	app.Flag("scrape.timeout", "Maximum duration of a scrape. Answers that arrive later appear in the next scrape.").Default("30s").DurationVar(&p.ScrapeTimeout)
	app.Flag("scrape.timeout-offset", "How long before Prometheus's scrape timeout the exporter responds.").Default("500ms").DurationVar(&p.TimeoutOffset)
}

func (p *parser) addCollectors(app *kingpin.Application) {
	for _, d := range collector.Definitions() {
		c := &collectorFlags{Definition: d}
		p.collectors = append(p.collectors, c)
		app.Flag("collector."+d.Name, d.Help+" Resources: "+strings.Join(d.ResourceNames(), ", ")+".").Default(fmt.Sprint(d.Default)).BoolVar(&c.enabled)
		app.Flag("collector."+d.Name+".min-interval", "Minimum time between two polls of this collector. Scrapes in between return the last answer.").
			Default(model.Duration(d.MinInterval).String()).DurationVar(&c.interval)
	}
	windows := " One of: [" + strings.Join(insights.WindowNames(), ", ") + "]"
	o := &p.CollectorOptions
	app.Flag("collector.alerts.lookback", "How far back to look for alerts that have changed."+windows).Default("1h").SetValue(&o.AlertsLookback)
	app.Flag("collector.alerts.max-series", "Maximum number of alerts of a tenant or sub-tenant that get a series.").Default("2000").SetValue((*wholeNumber)(&o.MaxAlertSeries))
	app.Flag("collector.max-series", "Maximum number of series of a tenant or sub-tenant, for all collectors together. The exporter drops the rest, but never the series of alerts.").Default("500000").SetValue((*wholeNumber)(&o.MaxSeries))
	app.Flag("collector.state-window", "Time window for sites and tunnels. Those without an event in it are not listed."+windows).Default("30d").SetValue(&o.StateWindow)
	app.Flag("collector.traffic-window", "Time window for the averages and peaks of traffic metrics."+windows).Default("1h").SetValue(&o.TrafficWindow)
}

func (p *parser) addCapacity(app *kingpin.Application) {
	app.Flag("capacity.min-interval", "Minimum time between two polls of a resource of the PRISMA European Capacity Platform. Scrapes in between return the last answer.").Default("30s").DurationVar(&p.CapacityInterval)
}

func (p *parser) addAPI(app *kingpin.Application) {
	app.Flag("api.requests-per-minute", "Maximum number of API requests per minute, for all tenants together. The API rejects more than 1000 per minute from one address.").Default("600").SetValue((*wholeNumber)(&p.Budget.RequestsPerMinute))
	app.Flag("api.concurrency", "Maximum number of simultaneous API requests, both for one tenant and for all tenants whose requests take less than 1s.").Default("8").SetValue((*wholeNumber)(&p.Budget.Concurrency))
	app.Flag("api.timeout", "Timeout of a single API request.").Default("30s").DurationVar(&p.APITimeout)
}

func (p *parser) addWeb(app *kingpin.Application) {
	p.Web = kingpinflag.AddFlags(app, ":10058")
	app.Flag("web.external-url", "URL under which the exporter is reachable from outside, for example through a reverse proxy. Its path is the default of --web.route-prefix.").
		PlaceHolder("URL").StringVar(&p.ExternalURL)
	app.Flag("web.route-prefix", "Prefix of all HTTP paths of the exporter. Defaults to the path of --web.external-url.").
		PlaceHolder("PATH").StringVar(&p.RoutePrefix)
	app.Flag("web.telemetry-path", "Path under which to expose metrics.").Default("/metrics").StringVar(&p.TelemetryPath)
	app.Flag("web.max-requests", "Maximum number of metrics responses that the exporter builds at the same time. Scrapes that wait for the API or for a slow client do not count.").Default("40").SetValue((*wholeNumber)(&p.MaxRequests))
	app.Flag("web.disable-exporter-metrics", "Exclude metrics about the exporter's process (go_*, process_*).").BoolVar(&p.DisableExporterMetrics)
	app.Flag("web.probe-only", "Export the metrics of tenants only at /probe. /metrics then has only those about the exporter itself.").BoolVar(&p.ProbeOnly)
}

func (p *parser) addLog(app *kingpin.Application) {
	app.Flag("log.level", "Only log messages with the given severity or above. One of: [debug, info, warn, error]").
		Default("info").EnumVar(&p.Log.Level, "debug", "info", "warn", "error")
	app.Flag("log.format", "Output format of log messages. One of: [logfmt, json]").
		Default("logfmt").EnumVar(&p.Log.Format, "logfmt", "json")
}

// validate refuses values that would make no sense, all at once.
func (p *parser) validate() error {
	var errs []error
	bad := func(flag, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", named(flag), fmt.Errorf(format, args...)))
	}
	positive := map[string]bool{
		"config.auto-reload-interval": p.AutoReload > 0,
		"scrape.timeout":              p.ScrapeTimeout > 0,
		"scrape.max-staleness":        p.Freshness.MaxStaleness > 0,
		"api.timeout":                 p.APITimeout > 0,
		"api.requests-per-minute":     p.Budget.RequestsPerMinute > 0,
		"api.concurrency":             p.Budget.Concurrency > 0,
		"web.max-requests":            p.MaxRequests > 0,
		"collector.alerts.max-series": p.CollectorOptions.MaxAlertSeries > 0,
		"collector.max-series":        p.CollectorOptions.MaxSeries > 0,
	}
	for _, name := range slices.Sorted(maps.Keys(positive)) {
		if !positive[name] {
			bad(name, "this must be more than zero")
		}
	}
	if p.autoReload && p.Configuration.file == "" {
		bad("config.auto-reload", "there is no configuration file to reload: set --config.file")
	}
	if p.TimeoutOffset < 0 {
		bad("scrape.timeout-offset", "this must not be negative")
	}
	if !telemetryPath.MatchString(p.TelemetryPath) || ownRoutes.MatchString(p.TelemetryPath) {
		bad("web.telemetry-path", "%q: use a path such as /metrics that the exporter does not use for something else", p.TelemetryPath)
	}
	notTooLate := func(what string, interval time.Duration) {
		if staleness := p.Freshness.MaxStaleness; staleness > 0 && interval > staleness {
			bad(what+".min-interval", "%s must not be longer than --scrape.max-staleness %s: otherwise answers would expire before the next poll", interval, staleness)
		}
	}
	for _, c := range p.collectors {
		if c.enabled && c.MinInterval < rarely {
			notTooLate("collector."+c.Name, c.interval)
		}
	}
	notTooLate("capacity", p.CapacityInterval)
	p.checkServiceStatus(bad, notTooLate)
	return errors.Join(errs...)
}

// options are what was read, with what follows from it.
func (p *parser) options() Options {
	o := p.Options
	o.Freshness.PollTimeout = pollTimeout
	o.ServiceStatus = p.serviceStatus()
	if !p.autoReload {
		o.AutoReload = 0
	}
	o.Check.On = o.Check.On || o.Check.Failures || o.Check.Only != "" || o.Check.Capture != ""
	for _, c := range p.collectors {
		if c.enabled {
			o.Collectors = append(o.Collectors, collector.Enabled{Definition: c.Definition, Interval: c.interval})
		}
	}
	return o
}
