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
	"github.com/prisma-exporter/prisma_exporter/internal/catalog"
	"github.com/prisma-exporter/prisma_exporter/internal/suggest"
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
	app.Flag("prisma.api", "Version of the Insights API that the tenant uses. One of: ["+strings.Join(config.VersionNames(), ", ")+"]").Default(config.V1).StringVar(&t.API)
	app.Flag("prisma.tenant-id", "ID of the Prisma Access tenant. With Panorama, the ID of the super tenant. With API v2 or v3, the ID of the Tenant Service Group (TSG).").StringVar(&t.ID)
	app.Flag("prisma.tenant-name", "Name of the tenant in labels. Defaults to the tenant ID.").StringVar(&t.Name)
	app.Flag("prisma.region", "Region of the tenant: "+strings.Join(config.Regions(), ", ")+", or the vendor's name for another region.").StringVar(&t.Region)
	app.Flag("prisma.base-url", "URL of the API, instead of the region's URL. With API v3, set the region as well.").StringVar(&t.BaseURL)
	app.Flag("prisma.api-key-file", "File that contains the Insights API key and nothing else. The exporter reads it again when it renews a token, and when the API rejects the key.").StringVar(&t.APIKeyFile)
	app.Flag("prisma.api-key-issued", "Day on which the API key was generated, as YYYY-MM-DD. The key expires a year later. Defaults to the modification date of the key file.").StringVar(&c.issued)
	app.Flag("prisma.client-id", "Client ID of a service account of the TSG, with API v2 or v3.").StringVar(&t.ClientID)
	app.Flag("prisma.client-secret-file", "File that contains the service account's client secret and nothing else. The exporter reads it again when it renews a token, and when the API rejects the secret.").StringVar(&t.ClientSecretFile)
	app.Flag("prisma.token-url", "URL of the OAuth2 token server for API v2 and v3, instead of the vendor's.").StringVar(&t.TokenURL)
	app.Flag("prisma.ca-file", "File with the CA certificates to trust for connections to the API, instead of the system's.").StringVar(&c.caFile)
	app.Flag("prisma.sub-tenant", "ID of a sub-tenant to query instead of the tenant itself. Repeatable.").StringsVar(&t.SubTenants)
	app.Flag("prisma.path", "Path of an API resource, as RESOURCE=PATH: the part of the path after resource/tenant/ID/ or, with API v2 and v3, after resource/. Repeatable.").StringMapVar(&c.paths)
	app.Flag("prisma.column", "Name of a column in the tenant's API, as RESOURCE.COLUMN=NAME. RESOURCE and COLUMN are the names in Insights 1.0. An empty NAME means that the column does not exist. Repeatable.").StringMapVar(&c.columns)
}

// File is the configuration file, and empty where there is none.
func (c Configuration) File() string { return c.file }

// Read reads the configuration: that of the file, if one is named, else the
// one tenant of the command line.
func (c Configuration) Read() (*config.Config, error) {
	t := c.tenant
	oneTenant := t.API != config.V1 || len(t.SubTenants)+len(c.paths)+len(c.columns) > 0 ||
		cmp.Or(t.ID, t.Name, t.APIKeyFile, t.ClientID, t.ClientSecretFile, t.TokenURL, t.Region, t.BaseURL, c.caFile, c.issued) != ""
	switch {
	case c.file != "" && oneTenant:
		return nil, errors.New("--config.file and --prisma.* flags (or PRISMA_EXPORTER_PRISMA_* variables) are both set: configure the tenant in the file, and remove the flags")
	case c.file != "":
		return config.Load(c.file, known())
	case !oneTenant:
		return nil, errors.New("no tenant is configured: set --prisma.tenant-id, --prisma.region and --prisma.api-key-file, or --config.file, or try --demo")
	}
	return c.oneTenant()
}

// oneTenant is the configuration of the command line. Its error joins all that
// is wrong with it.
func (c Configuration) oneTenant() (*config.Config, error) {
	t := c.tenant
	t.Name = cmp.Or(t.Name, t.ID)
	var errs []error
	if c.issued != "" {
		day, err := time.Parse(time.DateOnly, c.issued)
		if t.APIKeyIssued = day; err != nil {
			errs = append(errs, fmt.Errorf("%s: %q: write the date as YYYY-MM-DD", named("prisma.api-key-issued"), c.issued))
		}
	}
	t.HTTP = config.HTTPDefaults()
	t.HTTP.ProxyFromEnvironment = true
	t.HTTP.TLSConfig.CAFile = c.caFile
	t.Paths = c.paths
	var wrong []error
	t.Columns, wrong = c.columnNames()
	errs = append(errs, wrong...)
	for _, name := range slices.Sorted(maps.Keys(c.paths)) {
		names := known()
		errs = append(errs, knownResource("prisma.path", name))
		if err := names.CheckPath(name, c.paths[name]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", named("prisma.path"), err))
		}
	}
	for _, err := range t.Validate() {
		if err.Field != "name" || c.tenant.Name != "" { // which is the ID, of which enough is said
			errs = append(errs, ofFlag(err))
		}
	}
	errs = append(errs, config.CheckProxyEnvironment())
	whole := &config.Config{Tenants: []config.Tenant{t}}
	for _, doubt := range t.Doubts() {
		whole.Warnings = append(whole.Warnings, ofFlag(doubt))
	}
	for _, err := range t.MissingFiles() {
		if err.Field == caFile {
			errs = append(errs, ofFlag(err))
		} else { // which is read again until it is there
			whole.Warnings = append(whole.Warnings, ofFlag(err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return whole, nil
}

// caFile is the field of a configuration file that --prisma.ca-file stands for.
const caFile = "http.tls_config.ca_file"

// fieldFlags are the flags that are not called like their field.
var fieldFlags = map[string]string{
	"name": "prisma.tenant-name", "sub_tenants": "prisma.sub-tenant", "paths": "prisma.path", "columns": "prisma.column", caFile: "prisma.ca-file",
}

// ofFlag is what is wrong with a field, told of the flag that it came from.
func ofFlag(err *config.FieldError) error {
	flag, ok := fieldFlags[err.Field]
	if !ok {
		flag = "prisma." + strings.ReplaceAll(err.Field, "_", "-")
	}
	return fmt.Errorf("%s: %w", named(flag), err.Err)
}

// columnNames are the columns of --prisma.column by their resource.
func (c Configuration) columnNames() (columns map[string]map[string]string, errs []error) {
	columns = map[string]map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.columns)) {
		resource, column, ok := strings.Cut(name, ".")
		if !ok || resource == "" || column == "" {
			errs = append(errs, fmt.Errorf("%s: %s=%s: write it as RESOURCE.COLUMN=NAME", named("prisma.column"), name, c.columns[name]))
			continue
		}
		if err := knownResource("prisma.column", resource); err != nil {
			errs = append(errs, err)
			continue
		}
		names := known()
		if err := names.CheckColumn(resource, column); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", named("prisma.column"), err))
			continue
		}
		if columns[resource] == nil {
			columns[resource] = map[string]string{}
		}
		columns[resource][column] = c.columns[name]
	}
	return columns, errs
}

// known are the names that collectors know.
func known() config.Known {
	return config.Known{Collectors: collector.Names(), Resources: collector.ResourceNames(), Columns: collector.ColumnNames(), Labels: catalog.Labels()}
}

func knownResource(flag, name string) error {
	known := collector.ResourceNames()
	if slices.Contains(known, name) {
		return nil
	}
	if s := suggest.Similar(name, known); s != "" {
		return fmt.Errorf("%s: there is no resource %q: did you mean %s?", named(flag), name, s)
	}
	return fmt.Errorf("%s: there is no resource %q: use some of %s", named(flag), name, strings.Join(known, ", "))
}
