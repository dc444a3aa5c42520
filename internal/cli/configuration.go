package cli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
)

// Configuration is where the configuration is: in a file or, as one tenant, on
// the command line.
type Configuration struct {
	file    string
	tenant  config.Tenant
	caFile  string
	issued  string
	paths   map[string]string
	columns map[string]string
}

func (c *Configuration) add(app *kingpin.Application) {
	c.paths, c.columns = map[string]string{}, map[string]string{}
	t := &c.tenant
	app.Flag("prisma.api", "Version of the Insights API that the tenant has. One of: ["+strings.Join(config.Versions, ", ")+"]").Default(config.V1).StringVar(&t.API)
	app.Flag("prisma.tenant-id", "ID of the Prisma Access tenant; with Panorama, of the super tenant. With API v2 or v3, of the Tenant Service Group (TSG).").StringVar(&t.ID)
	app.Flag("prisma.tenant-name", "Name of the tenant in labels. The tenant ID unless given.").StringVar(&t.Name)
	app.Flag("prisma.region", "Region of the tenant. One of: ["+strings.Join(config.Regions, ", ")+"]").StringVar(&t.Region)
	app.Flag("prisma.base-url", "URL of the API, in place of the region's. With API v3, beside the region.").StringVar(&t.BaseURL)
	app.Flag("prisma.api-key-file", "File that holds the Insights API key and nothing else. It is read again when the API wants it.").StringVar(&t.APIKeyFile)
	app.Flag("prisma.api-key-issued", "Day on which the API key was made, as YYYY-MM-DD. It ends a year later. The day of the file unless given.").StringVar(&c.issued)
	app.Flag("prisma.client-id", "Client ID of a service account of the TSG, with API v2 or v3.").StringVar(&t.ClientID)
	app.Flag("prisma.client-secret-file", "File that holds the service account's client secret and nothing else. It is read again when the API wants it.").StringVar(&t.ClientSecretFile)
	app.Flag("prisma.token-url", "URL of the OAuth2 tokens of API v2 and v3, in place of the vendor's.").StringVar(&t.TokenURL)
	app.Flag("prisma.ca-file", "File of certificates to trust when asking the API, in place of the system's.").StringVar(&c.caFile)
	app.Flag("prisma.sub-tenant", "ID of a sub-tenant to ask for, in place of the tenant itself. Repeatable.").StringsVar(&t.SubTenants)
	app.Flag("prisma.path", "Where the API has a resource, as RESOURCE=PATH with the part of the path behind resource/tenant/ID/ or, with API v2 and v3, behind resource/. Repeatable.").StringMapVar(&c.paths)
	app.Flag("prisma.column", "What the tenant's API calls a column, as RESOURCE.COLUMN=NAME with the names of Insights 1.0 in front. Without NAME the column is not there. Repeatable.").StringMapVar(&c.columns)
}

// Read reads the configuration: that of the file, if one is named, else the
// one tenant of the command line.
func (c Configuration) Read() (*config.Config, error) {
	t := c.tenant
	oneTenant := t.API != config.V1 || len(t.SubTenants)+len(c.paths)+len(c.columns) > 0 ||
		cmp.Or(t.ID, t.Name, t.APIKeyFile, t.ClientID, t.ClientSecretFile, t.TokenURL, t.Region, t.BaseURL, c.caFile, c.issued) != ""
	switch {
	case c.file != "" && oneTenant:
		return nil, errors.New("both --config.file and --prisma.* flags: a tenant of the flags goes into the file, so leave the flags out")
	case c.file != "":
		return config.Load(c.file, config.Known{Collectors: collector.Names(), Resources: collector.ResourceNames()})
	case !oneTenant:
		return nil, errors.New("no tenant: give --prisma.tenant-id, --prisma.region and --prisma.api-key-file, or --config.file, or try --demo")
	}
	return c.oneTenant()
}

// oneTenant is the configuration of the command line.
func (c Configuration) oneTenant() (*config.Config, error) {
	t := c.tenant
	t.Name = cmp.Or(t.Name, t.ID)
	if c.issued != "" {
		day, err := time.Parse(time.DateOnly, c.issued)
		if err != nil {
			return nil, fmt.Errorf("--prisma.api-key-issued %q: write the day as YYYY-MM-DD", c.issued)
		}
		t.APIKeyIssued = day
	}
	t.HTTP = config.HTTPDefaults()
	t.HTTP.ProxyFromEnvironment = true
	t.HTTP.TLSConfig.CAFile = c.caFile
	t.Paths = c.paths
	columns, err := c.columnNames()
	if err != nil {
		return nil, err
	}
	t.Columns = columns
	for _, name := range slices.Sorted(maps.Keys(c.paths)) {
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
func (c Configuration) columnNames() (map[string]map[string]string, error) {
	columns := map[string]map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.columns)) {
		resource, column, ok := strings.Cut(name, ".")
		if !ok || resource == "" || column == "" {
			return nil, fmt.Errorf("--prisma.column %s=%s: write it as RESOURCE.COLUMN=NAME", name, c.columns[name])
		}
		if err := knownResource("--prisma.column", resource); err != nil {
			return nil, err
		}
		if columns[resource] == nil {
			columns[resource] = map[string]string{}
		}
		columns[resource][column] = c.columns[name]
	}
	return columns, nil
}

func knownResource(flag, name string) error {
	if known := collector.ResourceNames(); !slices.Contains(known, name) {
		return fmt.Errorf("%s: there is no resource %q: use some of %s", flag, name, strings.Join(known, ", "))
	}
	return nil
}
