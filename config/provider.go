package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// Provider asks for all children of a discovery together, with the discovery's
// own account: the vendor's Aggregate Monitoring answers one call for all of
// them.
type Provider struct {
	// Regions are what is asked, each by itself, as a tenant names its region; none
	// for those that the vendor's hierarchy names for the children.
	Regions []string `yaml:"regions"`
	// Interval is how often the counts of alerts, incidents and sites are asked for.
	Interval time.Duration `yaml:"interval"`
	// DrillDown says that children are tenants as well. They are then asked for by
	// themselves when their counts move, and every DrillInterval otherwise.
	DrillDown     bool          `yaml:"drill_down"`
	DrillInterval time.Duration `yaml:"drill_interval"`
}

// Child is a tenant below a provider.
type Child struct {
	// Name is what the tenant is called in labels, whether it is asked for by
	// itself or not, and ID is its Tenant Service Group.
	Name, ID string
	// CDL is the tenant's other ID, by which some calls know it, or "".
	CDL string
	// Region is the tenant's, as a tenant names it.
	Region string
}

const (
	defaultCounts       = time.Minute
	leastCounts         = 30 * time.Second
	defaultDrill        = time.Hour
	leastDrill          = 5 * time.Minute
	mostDrill           = 24 * time.Hour
	defaultMostChildren = 1000
)

// check reports what is wrong with a provider.
func (p *Provider) check(bad bad) {
	if p.Interval < leastCounts || p.Interval > leastDrill {
		bad("provider.interval", "%s: use 30s to 5m", p.Interval)
	}
	if p.DrillInterval < leastDrill || p.DrillInterval > mostDrill {
		bad("provider.drill_interval", "%s: use 5m to 24h", p.DrillInterval)
	}
	for i, region := range p.Regions {
		asked := Tenant{API: V3, Region: region}
		switch err := asked.checkRegion(); {
		case err != nil:
			bad("provider.regions", "%w", err)
		case slices.ContainsFunc(p.Regions[:i], func(other string) bool { return regionWord(other) == asked.RegionWord() }):
			bad("provider.regions", "%s is there twice: leave one out", redact.Quote(region))
		}
	}
}

// RegionsOf are the regions that a provider has to ask for its children: those of
// its configuration, or those that the children are in.
func (p *Provider) RegionsOf(children []Child) []string {
	if len(p.Regions) > 0 {
		return p.Regions
	}
	var all []string
	for _, c := range children {
		all = append(all, c.Region)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Children are the groups of the discovery that are among tenants.
func (d *Discovery) Children(groups []Group, tenants []Tenant) []Child {
	cdl := make(map[string]string, len(groups))
	for _, g := range groups {
		cdl[g.ID] = g.CDL
	}
	var children []Child
	for _, t := range tenants {
		if other, ok := cdl[t.ID]; ok && t.Version().Credential == ServiceAccount {
			region := t.Region
			if region == "" {
				region = d.Account.Region
			}
			children = append(children, Child{Name: t.Name, ID: t.ID, CDL: other, Region: region})
		}
	}
	return children
}

// RegionNamed is the name of a region by the code that the vendor's hierarchy
// has for it, such as us01, or "" for what is no code. That the codes are those
// of host names is by their looks.
func RegionNamed(code string) string {
	name := strings.TrimRight(strings.ToLower(code), "0123456789")
	if !wordForm.MatchString(name) {
		return ""
	}
	return name
}

// regionWord is what a region header calls a region.
func regionWord(region string) string {
	t := Tenant{Region: region}
	return t.RegionWord()
}

// String is what is done with the children, for people.
func (p *Provider) String() string {
	if !p.DrillDown {
		return "its children are watched together and never by themselves"
	}
	return fmt.Sprintf("its children are watched together, and each by itself when its counts move, at least every %s", p.DrillInterval)
}
