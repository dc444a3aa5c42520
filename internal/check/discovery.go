package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/suggest"
)

// found is what there is to check: the tenants of the configuration and what
// its discoveries find.
type found struct {
	sections []section // of the discoveries
	// tenants are all, and checked those that are asked: of each discovery the
	// first alone, since all of them could take the budget of many minutes.
	tenants, checked []config.Tenant
	// children are those of the providers.
	children map[string][]config.Child
}

// preview lists what the discoveries of a configuration find.
func preview(ctx context.Context, o Options) *found {
	f := &found{tenants: slices.Clone(o.Config.Tenants), checked: slices.Clone(o.Config.Tenants), children: map[string][]config.Child{}}
	for _, d := range o.Config.Discoveries {
		groups, doubt, err := list(ctx, o.List, d)
		tenants, left := d.Tenants(groups, f.tenants, o.Config.TakenNames())
		f.sections = append(f.sections, sectionOfDiscovery(d, tenants, left, doubt, err))
		if d.Provider != nil {
			f.children[d.Account.Name] = d.Children(groups, slices.Concat(f.tenants, tenants))
		}
		if d.Provider != nil && !d.Provider.DrillDown {
			continue
		}
		f.tenants = append(f.tenants, tenants...)
		if len(tenants) > 0 {
			f.checked = append(f.checked, tenants[0])
		}
	}
	return f
}

// config is the configuration of what is checked: all, or the one that was
// named.
func (f *found) config(o Options) (*config.Config, error) {
	if o.Only == "" {
		return &config.Config{Tenants: f.checked, Discoveries: o.Config.Discoveries, Children: f.children, Companies: o.Config.Companies}, nil
	}
	var names []string
	for _, d := range o.Config.Discoveries {
		if d.Provider == nil {
			continue
		}
		if names = append(names, d.Account.Name); d.Account.Name == o.Only {
			f.sections = nil
			return &config.Config{Discoveries: []config.Discovery{d}, Children: f.children}, nil
		}
	}
	for _, t := range f.tenants {
		if names = append(names, t.Name); t.Name == o.Only {
			f.sections = nil
			return &config.Config{Tenants: []config.Tenant{t}}, nil
		}
	}
	for _, c := range o.Config.Companies {
		if names = append(names, c.Name); c.Name == o.Only {
			f.sections = nil
			return &config.Config{Companies: []config.Company{c}}, nil
		}
	}
	if s := suggest.Similar(o.Only, names); s != "" {
		return nil, fmt.Errorf("there is no tenant or company %s: did you mean %s?", o.Only, s)
	}
	return nil, fmt.Errorf("there is no tenant or company %s among the %d that are configured", o.Only, len(names))
}

// list asks for the groups of a discovery once: see discovery.Groups.
func list(ctx context.Context, lister func(config.Tenant) (discovery.Lister, error), d config.Discovery) (groups []config.Group, doubt, err error) {
	l, err := lister(d.Account)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	return discovery.Groups(ctx, l, d)
}

func sectionOfDiscovery(d config.Discovery, tenants []config.Tenant, left []error, doubt, err error) section {
	var b strings.Builder
	fmt.Fprintf(&b, "Discovery %s below TSG %s\n\n", d.Account.Name, d.Account.ID)
	switch {
	case err != nil:
		fmt.Fprintf(&b, "  %s\n  Check the TSG ID, the client ID, the client secret and the role of the service account.\n\n", err)
	case len(tenants) == 0:
		fmt.Fprint(&b, "  It found no tenants.\n\n")
	default:
		var rows [][]string
		for _, t := range tenants {
			rows = append(rows, []string{t.Name, t.ID, t.API, t.Region})
		}
		writeTable(&b, []string{"TENANT", "TSG", "API", "REGION"}, rows)
	}
	for _, err := range left {
		fmt.Fprintf(&b, "  Left out: %s\n", err)
	}
	if len(left) > 0 {
		fmt.Fprintln(&b)
	}
	if doubt != nil {
		fmt.Fprintf(&b, "  %s\n  Without the hierarchy, the children are taken to be in the region of the template, and rows under their other ID match none.\n\n", doubt)
	}
	switch {
	case len(tenants) == 0:
	case d.Provider != nil:
		fmt.Fprintf(&b, "  %d children: %s.\n\n", len(tenants), d.Provider)
	default:
		fmt.Fprintf(&b, "  %d tenants. The first one is checked below.\n\n", len(tenants))
	}
	return section{name: "discovery " + d.Account.Name, text: b.String(), good: len(tenants) > 0 && doubt == nil}
}
