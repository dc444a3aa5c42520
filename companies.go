package main

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// target is what a scrape asks: a scope of a tenant, or a company.
type target interface {
	Scrape(ctx context.Context, collectors []string) []exposition.Part
	Status() collector.Status
}

// company is a company with its client.
type company struct {
	config  config.Company
	client  *client.Capacity
	options collector.CompanyOptions
	target  *collector.Company
}

// byName is a company that was asked for by its name. It answers with all it
// has even where collect[] names collectors, which are those of tenants: a job
// that asks all of /targets for some collectors would else get an empty page
// of the company, on which a token that is rejected looks like one that works.
type byName struct{ *collector.Company }

func (c byName) Scrape(ctx context.Context, _ []string) []exposition.Part {
	return c.Company.Scrape(ctx, nil)
}

// Targets are those of all tenants and companies for "", or of the one that is
// named.
func (fl *fleet) Targets(name string) (targets []target, known bool) {
	scopes, known := fl.Scopes(name)
	for _, s := range scopes {
		targets = append(targets, s)
	}
	for _, c := range *fl.companies.Load() {
		switch name {
		case "":
			targets = append(targets, c.target)
		case c.config.Name:
			targets, known = append(targets, byName{c.target}), true
		}
	}
	return targets, known
}

// Companies are those of the configuration in force.
func (fl *fleet) Companies() []config.Company {
	var companies []config.Company
	for _, c := range *fl.companies.Load() {
		companies = append(companies, c.config)
	}
	return companies
}

// changeover is a change of companies that is not in force yet.
type changeover struct{ next, fresh, gone []*company }

// prepare makes the companies of a configuration. Those that are the same go
// on as they are.
func (fl *fleet) prepare(companies []config.Company) (*changeover, error) {
	before := map[string]*company{}
	for _, c := range *fl.companies.Load() {
		before[c.config.Name] = c
	}
	change := &changeover{}
	for _, wanted := range companies {
		if c := before[wanted.Name]; c != nil && sameCompany(c.config, wanted) {
			change.next = append(change.next, &company{wanted, c.client, c.options, c.target})
			delete(before, wanted.Name)
			continue
		}
		c, err := fl.newCompany(wanted)
		if err != nil {
			change.drop()
			return nil, err
		}
		change.next, change.fresh = append(change.next, c), append(change.fresh, c)
	}
	change.gone = slices.Collect(maps.Values(before))
	return change, nil
}

// drop undoes a change that does not come into force.
func (c *changeover) drop() { closeCompanies(c.fresh) }

// take puts a change into force.
func (fl *fleet) take(c *changeover) {
	fl.companies.Store(&c.next)
	closeCompanies(c.gone)
}

func closeCompanies(companies []*company) {
	for _, c := range companies {
		c.client.Close()
	}
}

// sameCompany is same for companies.
func sameCompany(a, b config.Company) bool {
	a.Labels, b.Labels = nil, nil
	return reflect.DeepEqual(a, b)
}

func (fl *fleet) newCompany(c config.Company) (*company, error) {
	api, err := client.NewCapacity(client.CapacityOptions{Company: c, Shared: fl.shared, Logger: fl.logger, Timeout: fl.flags.apiTimeout})
	if err != nil {
		return nil, err
	}
	options := collector.CompanyOptions{
		Name: c.Name, API: api, Resources: slices.Collect(maps.Keys(c.Resources)),
		Interval: fl.flags.capacityInterval, Freshness: fl.flags.freshness, Logger: fl.logger,
	}
	return &company{c, api, options, collector.NewCompany(options)}, nil
}
