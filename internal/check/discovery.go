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
}

// preview lists what the discoveries of a configuration find.
func preview(ctx context.Context, o Options) *found {
	f := &found{tenants: slices.Clone(o.Config.Tenants), checked: slices.Clone(o.Config.Tenants)}
	for _, d := range o.Config.Discoveries {
		tenants, left, err := list(ctx, o.List, d, f.tenants, o.Config.TakenNames())
		f.sections = append(f.sections, sectionOfDiscovery(d, tenants, left, err))
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
		return &config.Config{Tenants: f.checked, Companies: o.Config.Companies}, nil
	}
	var names []string
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
		return nil, fmt.Errorf("there is no tenant %s: did you mean %s?", o.Only, s)
	}
	return nil, fmt.Errorf("there is no tenant %s among the %d tenants", o.Only, len(names))
}

// list asks for the groups of a discovery once and makes tenants of them.
func list(ctx context.Context, lister func(config.Tenant) (discovery.Lister, error), d config.Discovery, beside []config.Tenant, taken []string) (tenants []config.Tenant, left []error, err error) {
	l, err := lister(d.Account)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	groups, err := l.Children(ctx, d.Hierarchy, d.IncludeSelf)
	if err != nil {
		return nil, nil, err
	}
	tenants, left = d.Tenants(groups, beside, taken)
	return tenants, left, nil
}

func sectionOfDiscovery(d config.Discovery, tenants []config.Tenant, left []error, err error) section {
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
	if len(tenants) > 0 {
		fmt.Fprintf(&b, "  %d tenants. The first one is checked below.\n\n", len(tenants))
	}
	return section{name: "discovery " + d.Account.Name, text: b.String(), good: len(tenants) > 0}
}
