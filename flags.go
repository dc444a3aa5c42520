package main

import (
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
)

// flags are what the command line says.
type flags struct {
	demo       bool
	check      bool
	configFile string
	tenant     config.Tenant
	caFile     string
	issued     string
	paths      map[string]string
	columns    map[string]string
	demoAPI    string

	freshness collector.Freshness
	options   collector.Options
	// capacityInterval is how long an answer to a company is fresh.
	capacityInterval time.Duration
	collectors       []*collectorFlags
	scrapeTimeout    time.Duration
	timeoutOffset    time.Duration
	budget           budget.Options
	apiTimeout       time.Duration

	web             *web.FlagConfig
	telemetryPath   string
	maxRequests     int
	disableExporter bool
	probeOnly       bool
	log             *logFlags
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

// parseFlags reads the command line. Its error says what to write instead.
func parseFlags(args []string) (*flags, error) {
	app := kingpin.New("prisma_exporter", "Prometheus exporter for Palo Alto Networks Prisma Access.")
	app.HelpFlag.Short('h')
	app.Version(version.Print("prisma_exporter"))
	app.DefaultEnvars()
	f := &flags{paths: map[string]string{}, columns: map[string]string{}}
	f.addTenant(app)
	f.addScrape(app)
	f.addCollectors(app)
	f.addCapacity(app)
	f.addAPI(app)
	f.web = kingpinflag.AddFlags(app, ":10058")
	app.Flag("web.telemetry-path", "Path under which to expose metrics.").Default("/metrics").StringVar(&f.telemetryPath)
	app.Flag("web.max-requests", "Maximum number of parallel scrape requests.").Default("40").IntVar(&f.maxRequests)
	app.Flag("web.disable-exporter-metrics", "Exclude metrics about the exporter's process (go_*, process_*).").BoolVar(&f.disableExporter)
	app.Flag("web.probe-only", "Show tenants at /probe alone, and at /metrics only what the exporter tells of itself.").BoolVar(&f.probeOnly)
	f.log = addLogFlags(app)
	if _, err := app.Parse(args); err != nil {
		return nil, fmt.Errorf("%w; try --help", err)
	}
	return f, f.validate()
}

func (f *flags) addScrape(app *kingpin.Application) {
	app.Flag("scrape.max-staleness", "How long the last good answer is served while the API gives no other.").Default("10m").DurationVar(&f.freshness.MaxStaleness)
	app.Flag("scrape.timeout", "Most time for a scrape. What the API has not answered by then is served by the next one.").Default("30s").DurationVar(&f.scrapeTimeout)
	app.Flag("scrape.timeout-offset", "How much of Prometheus's scrape timeout to keep for the way back.").Default("500ms").DurationVar(&f.timeoutOffset)
}

func (f *flags) addCollectors(app *kingpin.Application) {
	for _, d := range collector.Definitions() {
		c := &collectorFlags{Definition: d}
		f.collectors = append(f.collectors, c)
		app.Flag("collector."+d.Name, d.Help+" Resources: "+strings.Join(d.Resources, ", ")+".").Default(fmt.Sprint(d.Default)).BoolVar(&c.enabled)
		app.Flag("collector."+d.Name+".min-interval", "How long an answer to this collector is fresh, so that scrapes do not ask the API.").
			Default(model.Duration(d.MinInterval).String()).DurationVar(&c.interval)
	}
	windows := " One of: [" + strings.Join(insights.WindowNames(), ", ") + "]"
	o := &f.options
	app.Flag("collector.alerts.lookback", "How far back to look for alerts that changed."+windows).Default("1h").SetValue(&o.AlertsLookback)
	app.Flag("collector.alerts.max-series", "Most alerts of a tenant or sub-tenant that get series of their own.").Default("2000").IntVar(&o.MaxAlertSeries)
	app.Flag("collector.state-window", "How far back a site or tunnel may have had its last event and still be listed."+windows).Default("30d").SetValue(&o.StateWindow)
	app.Flag("collector.traffic-window", "What traffic figures are averages and peaks of."+windows).Default("1h").SetValue(&o.TrafficWindow)
}

func (f *flags) addCapacity(app *kingpin.Application) {
	app.Flag("capacity.min-interval", "How long an answer of the PRISMA European Capacity Platform is fresh, so that scrapes do not ask it.").Default("30s").DurationVar(&f.capacityInterval)
}

func (f *flags) addAPI(app *kingpin.Application) {
	app.Flag("api.requests-per-minute", "Most requests to the API in any minute, for all tenants together. The API refuses more than 1000 from one address.").Default("600").IntVar(&f.budget.RequestsPerMinute)
	app.Flag("api.concurrency", "Most requests to the API at a time: of one tenant, and of all tenants whose requests take less than 2s.").Default("8").IntVar(&f.budget.Concurrency)
	app.Flag("api.timeout", "Most time for one request to the API.").Default("30s").DurationVar(&f.apiTimeout)
}

// validate refuses values that would make no sense and fills in what follows
// from others.
func (f *flags) validate() error {
	positive := map[string]bool{
		"--scrape.timeout":              f.scrapeTimeout > 0,
		"--scrape.max-staleness":        f.freshness.MaxStaleness > 0,
		"--api.timeout":                 f.apiTimeout > 0,
		"--api.requests-per-minute":     f.budget.RequestsPerMinute > 0,
		"--api.concurrency":             f.budget.Concurrency > 0,
		"--web.max-requests":            f.maxRequests > 0,
		"--collector.alerts.max-series": f.options.MaxAlertSeries > 0,
	}
	for _, name := range slices.Sorted(maps.Keys(positive)) {
		if !positive[name] {
			return fmt.Errorf("%s must be more than zero", name)
		}
	}
	if f.timeoutOffset < 0 {
		return fmt.Errorf("--scrape.timeout-offset must not be negative")
	}
	if !telemetryPath.MatchString(f.telemetryPath) || ownRoutes.MatchString(f.telemetryPath) {
		return fmt.Errorf("--web.telemetry-path %q: use a path such as /metrics, and none of the exporter's other routes", f.telemetryPath)
	}
	for _, c := range f.collectors {
		if c.enabled && c.interval > f.freshness.MaxStaleness {
			return tooLate("collector."+c.Name, f.freshness.MaxStaleness, c.interval)
		}
	}
	if f.capacityInterval > f.freshness.MaxStaleness {
		return tooLate("capacity", f.freshness.MaxStaleness, f.capacityInterval)
	}
	f.freshness.PollTimeout = pollTimeout
	return nil
}

// tooLate is the error of a minimum interval that is too long.
func tooLate(what string, staleness, interval time.Duration) error {
	return fmt.Errorf("--scrape.max-staleness %s must not be shorter than --%s.min-interval %s, or answers would be too old before they are asked for again", staleness, what, interval)
}

// known are the names of all collectors.
func (f *flags) known() []string {
	var names []string
	for _, c := range f.collectors {
		names = append(names, c.Name)
	}
	return names
}

// enabled are the collectors that run.
func (f *flags) enabled() []collector.Enabled {
	var on []collector.Enabled
	for _, c := range f.collectors {
		if c.enabled {
			on = append(on, collector.Enabled{Definition: c.Definition, Interval: c.interval})
		}
	}
	return on
}
