package main

import (
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/client"
	"github.com/prisma-exporter/prisma_exporter/collector"
	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
)

// fleet is what asks for the tenants and companies. It can be given others
// while it runs: those that are the same keep their token, snapshots and
// counters.
type fleet struct {
	flags   *flags
	shared  *client.Shared
	metrics *collector.Metrics
	started time.Time
	logger  log.Logger

	members   atomic.Pointer[[]*member]
	named     atomic.Pointer[map[string]*member] // the same: a scrape of one must not look at all
	companies atomic.Pointer[[]*company]
}

// member is a tenant with its client and the scopes of its sub-tenants.
type member struct {
	tenant  config.Tenant
	client  *client.Client
	options []collector.ScopeOptions
	scopes  []*collector.Scope
}

// newFleet returns a fleet without tenants and companies.
func newFleet(f *flags, registry prometheus.Registerer, logger log.Logger) *fleet {
	fl := &fleet{
		flags: f, logger: logger, started: time.Now(),
		shared:  client.NewShared(f.budget, registry),
		metrics: collector.NewMetrics(registry),
	}
	fl.members.Store(&[]*member{})
	fl.named.Store(&map[string]*member{})
	fl.companies.Store(&[]*company{})
	return fl
}

// Apply gives the fleet the tenants and companies of a configuration. When it
// fails, the fleet is as it was.
func (fl *fleet) Apply(c *config.Config) error {
	companies, err := fl.prepare(c.Companies)
	if err != nil {
		return err
	}
	before := map[string]*member{}
	for _, m := range *fl.members.Load() {
		before[m.tenant.Name] = m
	}
	var members, fresh []*member
	for _, t := range c.Tenants {
		if m := before[t.Name]; m != nil && same(m.tenant, t) {
			members = append(members, &member{t, m.client, m.options, m.scopes})
			delete(before, t.Name)
			continue
		}
		m, err := fl.newMember(t)
		if err != nil {
			companies.drop()
			for _, m := range fresh {
				m.client.Close()
				if _, known := fl.Scopes(m.tenant.Name); !known {
					fl.metrics.Forget(m.tenant.Name)
				}
			}
			return err
		}
		members, fresh = append(members, m), append(fresh, m)
	}
	fl.members.Store(&members)
	named := make(map[string]*member, len(members))
	for _, m := range members {
		named[m.tenant.Name] = m
	}
	fl.named.Store(&named)
	fl.take(companies)
	// Scrapes that began with a tenant that is gone end with its errors.
	for _, m := range before {
		m.client.Close()
		if named[m.tenant.Name] == nil {
			fl.metrics.Forget(m.tenant.Name)
		}
	}
	level.Info(fl.logger).Log("msg", "Configuration is in force", "tenants", len(members), "companies", len(companies.next), "new_or_changed", len(fresh)+len(companies.fresh), "gone_or_replaced", len(before)+len(companies.gone))
	return nil
}

// lister returns what lists the groups below that of an account.
func (fl *fleet) lister(account config.Tenant) (discovery.Lister, error) {
	c, err := client.New(client.Options{Tenant: account, Shared: fl.shared, Logger: fl.logger, Timeout: fl.flags.apiTimeout})
	if err != nil {
		return nil, err // and not a nil of type *client.Client
	}
	return c, nil
}

// same reports whether a tenant can go on as it is. Its labels are of no
// concern to anybody but /targets.
func same(a, b config.Tenant) bool {
	a.Labels, b.Labels = nil, nil
	return reflect.DeepEqual(a, b)
}

func (fl *fleet) newMember(t config.Tenant) (*member, error) {
	c, err := client.New(client.Options{Tenant: t, Shared: fl.shared, Logger: fl.logger, Timeout: fl.flags.apiTimeout})
	if err != nil {
		return nil, err
	}
	m := &member{tenant: t, client: c}
	options := fl.flags.options
	options.Started = time.Now()
	enabled := fl.flags.enabled()
	if t.Collectors != nil {
		enabled = slices.DeleteFunc(enabled, func(e collector.Enabled) bool { return !slices.Contains(t.Collectors, e.Name) })
	}
	subTenants := t.SubTenants
	if len(subTenants) == 0 {
		subTenants = []string{""}
	}
	for _, sub := range subTenants {
		o := collector.ScopeOptions{
			Tenant: t.Name, SubTenant: sub, API: c.Scope(sub), Collectors: enabled,
			Options: options, Freshness: fl.flags.freshness, Metrics: fl.metrics, Logger: fl.logger,
		}
		m.options = append(m.options, o)
		m.scopes = append(m.scopes, collector.NewScope(o))
	}
	return m, nil
}

// Scopes are those of all tenants, or of the one that is named.
func (fl *fleet) Scopes(tenant string) (scopes []*collector.Scope, known bool) {
	if tenant != "" {
		m, known := (*fl.named.Load())[tenant]
		if !known {
			return nil, false
		}
		return m.scopes, true
	}
	for _, m := range *fl.members.Load() {
		scopes = append(scopes, m.scopes...)
	}
	return scopes, true
}

// Tenants are those of the configuration in force.
func (fl *fleet) Tenants() []config.Tenant {
	var tenants []config.Tenant
	for _, m := range *fl.members.Load() {
		tenants = append(tenants, m.tenant)
	}
	return tenants
}

// Close ends what the fleet does in the background.
func (fl *fleet) Close() {
	for _, m := range *fl.members.Load() {
		m.client.Close()
	}
	closeCompanies(*fl.companies.Load())
}
