package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"
)

// Company is a company's access to the PRISMA European Capacity Platform,
// which has nothing in common with Prisma Access but the name.
type Company struct {
	// Name is what the company is called in labels, logs and URLs.
	Name    string
	BaseURL string
	// TokenFile holds the company's API token and nothing else.
	TokenFile string
	// Resources are the paths to ask for, by the names that they have in
	// labels.
	Resources map[string]string
	HTTP      config.HTTPClientConfig
	// Labels go with the company in /targets.
	Labels map[string]string
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

func (c *Company) validate() []error {
	var errs []error
	bad := func(field, format string, args ...any) {
		errs = append(errs, &FieldError{field, fmt.Errorf(format, args...)})
	}
	if !nameForm.MatchString(c.Name) {
		bad("name", "company name %q: use up to 63 letters, digits, dots, dashes and underscores", c.Name)
	}
	if c.TokenFile == "" {
		bad("token_file", "no token file: name the file that holds the company's API token")
	}
	if err := validateURL("base URL", c.BaseURL); err != nil {
		bad("base_url", "%w", err)
	}
	if len(c.Resources) == 0 || len(c.Resources) > maxResources {
		bad("resources", "%d resources: name 1 to %d, or leave them out for all that the platform documents", len(c.Resources), maxResources)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Resources)) {
		path := c.Resources[name]
		if !resourceForm.MatchString(name) {
			bad("resources", "resource %q: use up to 63 letters, digits, dots, dashes and underscores", name)
		}
		if path == "" || strings.HasPrefix(path, "/") || strings.ContainsAny(path, "#") || strings.Contains(path, "..") {
			bad("resources", "path %q of resource %s: give the part behind the host, such as api/v2/auction-booking", path, name)
		}
	}
	validateLabels(c.Labels, companyLabels, bad)
	return errs
}

// companyLabels are those of all series of a company.
var companyLabels = []string{"company"}

// company reads an entry of "capacity".
func (l *loader) company(n *yaml.Node) (c Company, lines map[string]int) {
	c = Company{HTTP: HTTPDefaults()}
	lines = map[string]int{}
	l.mapping(n, "a company", l.noting(lines, map[string]func(*yaml.Node){
		"name":       func(n *yaml.Node) { c.Name = l.text(n) },
		"base_url":   func(n *yaml.Node) { c.BaseURL = l.text(n) },
		"token_file": func(n *yaml.Node) { c.TokenFile = l.beside(l.text(n)) },
		"resources":  func(n *yaml.Node) { c.Resources = l.texts(n, nil) },
		"http":       func(n *yaml.Node) { c.HTTP = l.http(n) },
		"labels":     func(n *yaml.Node) { c.Labels = l.texts(n, nil) },
	}))
	c.BaseURL = cmp.Or(c.BaseURL, capacityPlatform)
	if lines["resources"] == 0 {
		c.Resources = maps.Clone(capacityResources)
	}
	c.HTTP.SetDirectory(l.directory())
	return c, lines
}
