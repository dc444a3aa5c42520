package config

import (
	"cmp"
	"time"

	"github.com/prometheus/common/config"
	"go.yaml.in/yaml/v4"
)

// discoveryFields are what a file says of a discovery.
type discoveryFields struct {
	Name             string                  `yaml:"name"`
	ID               string                  `yaml:"tsg_id"`
	ClientID         string                  `yaml:"client_id"`
	ClientSecretFile string                  `yaml:"client_secret_file"`
	TokenURL         string                  `yaml:"token_url"`
	BaseURL          string                  `yaml:"base_url"`
	HTTP             config.HTTPClientConfig `yaml:"http"`
	Interval         time.Duration           `yaml:"refresh_interval"`
	MaxTenants       int                     `yaml:"max_tenants"`
	Hierarchy        bool                    `yaml:"hierarchy"`
	IncludeSelf      bool                    `yaml:"include_self"`
	Exclude          []string                `yaml:"exclude"`
	Template         yaml.Node               `yaml:"template"`
	Provider         Provider                `yaml:"provider"`
}

// discovery reads an entry of "discovery".
func (l *loader) discovery(n *yaml.Node, inherited Tenant, wrong map[string]bool) Discovery {
	e := l.entryNamed("discovery", n, "name", "tsg_id")
	f := discoveryFields{HTTP: HTTPDefaults(), Interval: defaultInterval, MaxTenants: defaultMaxTenants, Provider: Provider{Interval: defaultCounts, DrillDown: true, DrillInterval: defaultDrill}}
	e.into(n, "", &f)
	f.HTTP.SetDirectory(l.directory())
	d := Discovery{
		Account: Tenant{
			Name: cmp.Or(f.Name, f.ID), API: V3, ID: f.ID, ClientID: f.ClientID, ClientSecretFile: l.beside(f.ClientSecretFile),
			TokenURL: f.TokenURL, BaseURL: f.BaseURL, HTTP: f.HTTP,
			Region: regions[0].name, // which the tenancy API has no use for
		},
		Interval: f.Interval, MaxTenants: f.MaxTenants, Hierarchy: f.Hierarchy, IncludeSelf: f.IncludeSelf, Exclude: f.Exclude,
	}
	if e.lines["provider"] > 0 {
		d.Provider = &f.Provider
		if e.lines["max_tenants"] == 0 {
			d.MaxTenants = defaultMostChildren
		}
	}
	d.Template = e.template(&f.Template, inherited, d.Account, wrong)
	check := d
	check.Template.API = e.versionRead(d.Template.API)
	var doubts []*FieldError
	for _, doubt := range check.Template.Doubts() {
		doubts = append(doubts, doubt.under("template"))
	}
	e.finish(check.validate(), doubts...)
	e.named(d.Account.Name)
	e.files(d.Account.files())
	for _, f := range d.Template.files() {
		if f.field = join("template", f.field); e.lines[f.field] > 0 && f.field != "template.api_key_file" {
			e.files([]file{f})
		}
	}
	return d
}

// template reads what tenants are made of: what they inherit, but for the
// account's own credential and hosts.
func (e *entry) template(n *yaml.Node, inherited, account Tenant, wrong map[string]bool) Tenant {
	t := inherited.clone()
	if t.Version().Name != V3 {
		t.BaseURL, t.Paths, t.Columns = "", nil, nil // of another version
	}
	t.API, t.Name = V3, defaultName
	t.ClientID, t.ClientSecretFile = account.ClientID, account.ClientSecretFile
	t.TokenURL, t.BaseURL, t.HTTP = account.TokenURL, account.BaseURL, account.HTTP
	if n.IsZero() {
		n = &yaml.Node{Kind: yaml.MappingNode, Line: e.node.Line}
	}
	t = e.tenant(resolve(n), "template", t, wrong, ofTenants...)
	// What is the account's has been made absolute with it.
	if e.lines["template.client_secret_file"] > 0 {
		t.ClientSecretFile = e.loader.beside(t.ClientSecretFile)
	}
	if e.lines["template.http"] > 0 {
		t.HTTP.SetDirectory(e.loader.directory())
	}
	return t
}
