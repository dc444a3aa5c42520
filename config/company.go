package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"go.yaml.in/yaml/v4"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// Company is a company's access to the PRISMA European Capacity Platform,
// which has nothing in common with Prisma Access but the name.
type Company struct {
	// Name is what the company is called in labels, logs and URLs.
	Name string `yaml:"name"`
	// Environment is one of the platform's, and decides BaseURL where that is not
	// given. Each has tokens of its own.
	Environment string `yaml:"environment"`
	BaseURL     string `yaml:"base_url"`
	// TokenFile holds the company's API token and nothing else.
	TokenFile string `yaml:"token_file"`
	// Resources are the paths to ask for, by the names that they have in
	// labels.
	Resources map[string]string `yaml:"resources"`
	// Lookback is how far back a resource is asked for whose path says {since}.
	Lookback time.Duration           `yaml:"lookback"`
	HTTP     config.HTTPClientConfig `yaml:"http"`
	// Labels go with the company in /targets.
	Labels map[string]string `yaml:"labels"`
}

// capacityPlatforms are the platform's environments: where capacity is booked,
// and where that can be tried.
var capacityPlatforms = map[string]string{
	"production": "https://platform.prisma-capacity.eu",
	"kon":        "https://platform.kon.prisma-capacity.cloud",
}

// Since stands in a path for the time that is Lookback ago.
const Since = "{since}"

// capacityLookback is Lookback where it is not given, and how short and long it
// may be. The platform shows results up to five minutes late.
const (
	capacityLookback = 24 * time.Hour
	leastLookback    = 10 * time.Minute
	mostLookback     = 366 * 24 * time.Hour
)

// capacityResources are the resources of the platform's API, version 2. What an
// unfiltered list has is not documented and, by the wording, all there ever
// was. The name of a filter by time is known of the bookings alone, from a
// client in the field.
var capacityResources = map[string]string{
	"auction-booking":           "api/v2/auction-booking?bookedSince=" + Since,
	"fcfs-booking":              "api/v2/fcfs-booking",
	"confirmed-secondary-trade": "api/v2/confirmed-secondary-trade",
	"auction-calendar":          "api/v2/auction-calendar",
}

// resourceForm is that of the name of a resource, which is a label.
var resourceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// capacityPath is the form of a path, with a query or without.
var capacityPath = regexp.MustCompile(`^[A-Za-z0-9_~-][^#\\\x00-\x20\x7f]*$`)

// bookingStep is what the paths have that book capacity, which costs money. What
// the platform does at one is not known in full, also where it is a GET.
var bookingStep = regexp.MustCompile(`(?i)(^|/)(direct|regular|available-products|check-availability|request-offer)(/|\?|$)`)

// maxResources bounds the calls of one company.
const maxResources = 20

// Validate reports everything that is wrong with the company.
func (c *Company) Validate() []*FieldError {
	return gather(c.check, c.checkResources, func(bad bad) { checkLabels(c.Labels, bad) })
}

func (c *Company) check(bad bad) {
	if !nameForm.MatchString(c.Name) {
		bad("name", "%s: %s", orNone(c.Name), nameHint)
	}
	if c.TokenFile == "" {
		bad("token_file", "missing: give the file that contains the company's API token")
	}
	if _, ok := capacityPlatforms[c.Environment]; !ok {
		bad("environment", "%s: write production, or kon for the test environment", redact.Quote(c.Environment))
	}
	if c.Lookback < leastLookback || c.Lookback > mostLookback {
		bad("lookback", "%s: give 10m to 366d", c.Lookback)
	}
	bad.maybe("base_url", checkURL(c.BaseURL))
}

func (c *Company) checkResources(bad bad) {
	if len(c.Resources) == 0 || len(c.Resources) > maxResources {
		bad("resources", "%d of them: give 1 to %d, or none for all documented resources", len(c.Resources), maxResources)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Resources)) {
		path := c.Resources[name]
		if !resourceForm.MatchString(name) {
			bad("resources", "%s: %s", redact.Quote(name), nameHint)
		}
		switch {
		case !capacityPath.MatchString(path) || strings.Contains(path, "..") || strings.Contains(path, "://"):
			bad("resources", "path %s of resource %s: give the part after the host, such as api/v2/auction-booking", redact.Quote(path), shown(name))
		case strings.ContainsAny(strings.ReplaceAll(path, Since, ""), "{}"):
			bad("resources", "path %s of resource %s: the only text in braces that the exporter replaces is %s", redact.Quote(path), shown(name), Since)
		case bookingStep.MatchString(path):
			bad("resources", "path %s of resource %s: this is a step of a booking, which the exporter never asks for: give a list, such as api/v2/fcfs-booking", redact.Quote(path), shown(name))
		}
	}
}

// since reports whether a resource is asked for what is new.
func (c *Company) since() bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(c.Resources)), func(path string) bool { return strings.Contains(path, Since) })
}

// company reads an entry of "capacity".
func (l *loader) company(n *yaml.Node) Company {
	e := l.entryNamed("company", n, "name")
	c := Company{HTTP: HTTPDefaults(), Environment: "production", Lookback: capacityLookback}
	e.into(n, "", &c)
	c.BaseURL = cmp.Or(c.BaseURL, capacityPlatforms[c.Environment], capacityPlatforms["production"])
	if e.lines["resources"] == 0 {
		c.Resources = maps.Clone(capacityResources)
	}
	c.TokenFile = l.beside(c.TokenFile)
	c.HTTP.SetDirectory(l.directory())
	e.finish(c.Validate())
	if line := e.lines["lookback"]; line > 0 && !c.since() && !e.told("lookback") && !e.told("resources") {
		e.bad(line, "lookback", "no path under resources has %s, so this changes nothing: add it to a path, or remove lookback", Since)
	}
	e.knownLabels()
	e.named(c.Name)
	e.files(append([]file{{"token_file", c.TokenFile}}, tlsFiles(&c.HTTP)...))
	return c
}
