package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/config"
	"go.yaml.in/yaml/v4"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// Company is a company's access to the PRISMA European Capacity Platform,
// which has nothing in common with Prisma Access but the name.
type Company struct {
	// Name is what the company is called in labels, logs and URLs.
	Name    string `yaml:"name"`
	BaseURL string `yaml:"base_url"`
	// TokenFile holds the company's API token and nothing else.
	TokenFile string `yaml:"token_file"`
	// Resources are the paths to ask for, by the names that they have in
	// labels.
	Resources map[string]string       `yaml:"resources"`
	HTTP      config.HTTPClientConfig `yaml:"http"`
	// Labels go with the company in /targets.
	Labels map[string]string `yaml:"labels"`
}

const capacityPlatform = "https://platform.prisma-capacity.eu"

// capacityResources are the resources of the platform's API, version 2.
var capacityResources = map[string]string{
	"auction-booking":           "api/v2/auction-booking",
	"fcfs-booking":              "api/v2/fcfs-booking",
	"confirmed-secondary-trade": "api/v2/confirmed-secondary-trade",
	"auction-calendar":          "api/v2/auction-calendar",
}

// resourceForm is that of the name of a resource, which is a label.
var resourceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

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
		bad("token_file", "none: name the file that holds the company's API token")
	}
	bad.maybe("base_url", checkURL(c.BaseURL))
}

func (c *Company) checkResources(bad bad) {
	if len(c.Resources) == 0 || len(c.Resources) > maxResources {
		bad("resources", "%d of them: name 1 to %d, or leave them out for all that the platform documents", len(c.Resources), maxResources)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Resources)) {
		path := c.Resources[name]
		if !resourceForm.MatchString(name) {
			bad("resources", "%s: %s", redact.Quote(name), nameHint)
		}
		if path == "" || strings.HasPrefix(path, "/") || strings.ContainsAny(path, "#") || strings.Contains(path, "..") {
			bad("resources", "path %s of resource %s: give the part behind the host, such as api/v2/auction-booking", redact.Quote(path), shown(name))
		}
	}
}

// company reads an entry of "capacity".
func (l *loader) company(n *yaml.Node) Company {
	e := l.entryNamed("company", n, "name")
	c := Company{HTTP: HTTPDefaults()}
	e.into(n, "", &c)
	c.BaseURL = cmp.Or(c.BaseURL, capacityPlatform)
	if e.lines["resources"] == 0 {
		c.Resources = maps.Clone(capacityResources)
	}
	c.TokenFile = l.beside(c.TokenFile)
	c.HTTP.SetDirectory(l.directory())
	e.finish(c.Validate())
	e.knownLabels()
	e.named(c.Name)
	e.files(append([]file{{"token_file", c.TokenFile}}, tlsFiles(&c.HTTP)...))
	return c
}
