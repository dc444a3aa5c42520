package main

import (
	"cmp"
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

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
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
	budget           client.BudgetOptions
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

func (f *flags) addTenant(app *kingpin.Application) {
	t := &f.tenant
	app.Flag("demo", "Run against a simulated Insights API and a simulated capacity platform, without a tenant or a key.").BoolVar(&f.demo)
	app.Flag("config.file", "Configuration file, for more than one tenant; see docs/configuration.md.").StringVar(&f.configFile)
	app.Flag("config.check", "Ask each resource of the API once, print what works and what is wrong, and exit with 0 or 1.").BoolVar(&f.check)
	app.Flag("demo.api", "Version of the Insights API that the demo goes through. One of: ["+strings.Join(config.Versions, ", ")+"]").Default(config.V1).EnumVar(&f.demoAPI, config.Versions...)
	app.Flag("prisma.api", "Version of the Insights API that the tenant has. One of: ["+strings.Join(config.Versions, ", ")+"]").Default(config.V1).StringVar(&t.API)
	app.Flag("prisma.tenant-id", "ID of the Prisma Access tenant; with Panorama, of the super tenant. With API v2 or v3, of the Tenant Service Group (TSG).").StringVar(&t.ID)
	app.Flag("prisma.tenant-name", "Name of the tenant in labels. The tenant ID unless given.").StringVar(&t.Name)
	app.Flag("prisma.region", "Region of the tenant. One of: ["+strings.Join(config.Regions, ", ")+"]").StringVar(&t.Region)
	app.Flag("prisma.base-url", "URL of the API, in place of the region's. With API v3, beside the region.").StringVar(&t.BaseURL)
	app.Flag("prisma.api-key-file", "File that holds the Insights API key and nothing else. It is read again when the API wants it.").StringVar(&t.APIKeyFile)
	app.Flag("prisma.api-key-issued", "Day on which the API key was made, as YYYY-MM-DD. It ends a year later. The day of the file unless given.").StringVar(&f.issued)
	app.Flag("prisma.client-id", "Client ID of a service account of the TSG, with API v2 or v3.").StringVar(&t.ClientID)
	app.Flag("prisma.client-secret-file", "File that holds the service account's client secret and nothing else. It is read again when the API wants it.").StringVar(&t.ClientSecretFile)
	app.Flag("prisma.token-url", "URL of the OAuth2 tokens of API v2 and v3, in place of the vendor's.").StringVar(&t.TokenURL)
	app.Flag("prisma.ca-file", "File of certificates to trust when asking the API, in place of the system's.").StringVar(&f.caFile)
	app.Flag("prisma.sub-tenant", "ID of a sub-tenant to ask for, in place of the tenant itself. Repeatable.").StringsVar(&t.SubTenants)
	app.Flag("prisma.path", "Where the API has a resource, as RESOURCE=PATH with the part of the path behind resource/tenant/ID/ or, with API v2 and v3, behind resource/. Repeatable.").StringMapVar(&f.paths)
	app.Flag("prisma.column", "What the tenant's API calls a column, as RESOURCE.COLUMN=NAME with the names of Insights 1.0 in front. Without NAME the column is not there. Repeatable.").StringMapVar(&f.columns)
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

// read reads the configuration: that of the file, if one is named, else the
// one tenant of the command line.
func (f *flags) read() (*config.Config, error) {
	t := f.tenant
	oneTenant := t.API != config.V1 || len(t.SubTenants)+len(f.paths)+len(f.columns) > 0 ||
		cmp.Or(t.ID, t.Name, t.APIKeyFile, t.ClientID, t.ClientSecretFile, t.TokenURL, t.Region, t.BaseURL, f.caFile, f.issued) != ""
	switch {
	case f.configFile != "" && oneTenant:
		return nil, errors.New("both --config.file and --prisma.* flags: a tenant of the flags goes into the file, so leave the flags out")
	case f.configFile != "":
		return config.Load(f.configFile, config.Known{Collectors: f.known(), Resources: collector.Resources()})
	case !oneTenant:
		return nil, errors.New("no tenant: give --prisma.tenant-id, --prisma.region and --prisma.api-key-file, or --config.file, or try --demo")
	}
	return f.oneTenant()
}

// oneTenant is the configuration of the command line.
func (f *flags) oneTenant() (*config.Config, error) {
	t := f.tenant
	t.Name = cmp.Or(t.Name, t.ID)
	if f.issued != "" {
		day, err := time.Parse(time.DateOnly, f.issued)
		if err != nil {
			return nil, fmt.Errorf("--prisma.api-key-issued %q: write the day as YYYY-MM-DD", f.issued)
		}
		t.APIKeyIssued = day
	}
	t.HTTP = config.HTTPDefaults()
	t.HTTP.ProxyFromEnvironment = true
	t.HTTP.TLSConfig.CAFile = f.caFile
	t.Paths = f.paths
	columns, err := f.columnNames()
	if err != nil {
		return nil, err
	}
	t.Columns = columns
	for _, name := range slices.Sorted(maps.Keys(f.paths)) {
		if err := knownResource("--prisma.path", name); err != nil {
			return nil, err
		}
	}
	if errs := t.Validate(); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &config.Config{Tenants: []config.Tenant{t}}, nil
}

// columnNames are the columns of --prisma.column by their resource.
func (f *flags) columnNames() (map[string]map[string]string, error) {
	columns := map[string]map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(f.columns)) {
		resource, column, ok := strings.Cut(name, ".")
		if !ok || resource == "" || column == "" {
			return nil, fmt.Errorf("--prisma.column %s=%s: write it as RESOURCE.COLUMN=NAME", name, f.columns[name])
		}
		if err := knownResource("--prisma.column", resource); err != nil {
			return nil, err
		}
		if columns[resource] == nil {
			columns[resource] = map[string]string{}
		}
		columns[resource][column] = f.columns[name]
	}
	return columns, nil
}

func knownResource(flag, name string) error {
	if known := collector.Resources(); !slices.Contains(known, name) {
		return fmt.Errorf("%s: there is no resource %q: use some of %s", flag, name, strings.Join(known, ", "))
	}
	return nil
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
