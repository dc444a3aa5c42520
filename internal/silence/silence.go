// Package silence prints what makes Alertmanager silent about the alerts that are
// open now, and about no other: for who begins to be paged by a tenant that has
// been there for long.
package silence

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Options are what it needs.
type Options struct {
	Config *config.Config
	// List returns what lists the groups for the account of a discovery.
	List func(account config.Tenant) (discovery.Lister, error)
	// Apply puts a configuration into force for the fleet.
	Apply func(*config.Config) error
	Fleet *fleet.Fleet
	// For is how long the silences last.
	For time.Duration
	// Out gets lines for a shell, and Err what could not be read.
	Out, Err io.Writer
}

// Run prints a call of amtool for each open alert of each tenant. It reports
// whether the alerts of all of them could be read.
func Run(ctx context.Context, o Options) bool {
	good := true
	c := *o.Config
	c.Tenants, c.Discoveries = slices.Clone(c.Tenants), nil
	for _, d := range o.Config.Discoveries {
		found, err := find(ctx, o, d, c.Tenants)
		if err != nil {
			fmt.Fprintf(o.Err, "discovery %s cannot list its tenants: %s\n", d.Account.Name, err)
			good = false
		}
		c.Tenants = append(c.Tenants, found...)
	}
	c.Companies = nil // which have no alerts
	if err := o.Apply(&c); err != nil {
		fmt.Fprintln(o.Err, err)
		return false
	}
	for _, m := range o.Fleet.Members() {
		parts := m.Scrape(ctx, fleet.Request{Collectors: []string{"alerts"}, Named: true, Page: poll.NewPage(true)})
		families, err := exposition.NewPage(parts, nil).Families()
		if err == nil {
			err = o.print(readPage(families))
		}
		if err != nil {
			fmt.Fprintf(o.Err, "tenant %s: %s\n", m.Name, err)
			good = false
		}
	}
	return good
}

// find asks a discovery for its tenants.
func find(ctx context.Context, o Options, d config.Discovery, beside []config.Tenant) ([]config.Tenant, error) {
	l, err := o.List(d.Account)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	groups, err := l.Children(ctx, d.Hierarchy, d.IncludeSelf)
	if err != nil {
		return nil, err
	}
	tenants, _ := d.Tenants(groups, beside, o.Config.TakenNames())
	return tenants, nil
}

// page is what a tenant's page says of its alerts.
type page struct {
	open    map[string]*alert // by scope and ID
	failed  []string          // scopes that could not be read
	dropped float64
}

type alert struct {
	tenant, subTenant, id, severity, message string
	raised                                   time.Time
}

func readPage(families []*dto.MetricFamily) page {
	p := page{open: map[string]*alert{}}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			l := map[string]string{}
			for _, pair := range m.GetLabel() {
				l[pair.GetName()] = pair.GetValue()
			}
			p.take(f.GetName(), l, m.GetGauge().GetValue())
		}
	}
	return p
}

func (p *page) take(name string, l map[string]string, value float64) {
	scope := strings.TrimSuffix(l["tenant"]+"/"+l["sub_tenant"], "/")
	at := func() *alert {
		key := scope + " " + l["alert_id"]
		if p.open[key] == nil {
			p.open[key] = &alert{tenant: l["tenant"], subTenant: l["sub_tenant"], id: l["alert_id"]}
		}
		return p.open[key]
	}
	switch name {
	case "prisma_access_alert_raised_timestamp_seconds":
		at().raised, at().severity = time.UnixMilli(int64(value*1000)).UTC(), l["prisma_severity"]
	case "prisma_access_alert_info":
		at().message = l["message"]
	case "prisma_access_scrape_collector_success":
		if value != 1 {
			p.failed = append(p.failed, scope)
		}
	case "prisma_access_alerts_counts_only":
		if value == 1 {
			p.failed = append(p.failed, scope+" (only counted)")
		}
	case "prisma_access_alerts_dropped":
		p.dropped += value
	}
}

// print prints the alerts of a page, the oldest first. Its error tells what is
// missing.
func (o Options) print(p page) error {
	open := make([]*alert, 0, len(p.open))
	for _, a := range p.open {
		open = append(open, a)
	}
	slices.SortFunc(open, func(a, b *alert) int { return cmp.Or(a.raised.Compare(b.raised), cmp.Compare(a.id, b.id)) })
	for _, a := range open {
		comment := fmt.Sprintf("open since %s: %s (%s, %s)", a.raised.Format(time.DateOnly), cmp.Or(a.message, "an alert"), a.severity,
			strings.TrimSuffix(a.tenant+"/"+a.subTenant, "/"))
		fmt.Fprintf(o.Out, "amtool silence add --alertmanager.url=\"$ALERTMANAGER\" --duration=%s --comment=%s %s\n",
			hours(o.For), quote(comment), quote(fmt.Sprintf("alert_id=%q", a.id)))
	}
	switch {
	case len(p.failed) > 0:
		return fmt.Errorf("cannot read its alerts: %s; see --config.check", strings.Join(p.failed, ", "))
	case p.dropped > 0:
		return fmt.Errorf("%.0f more alerts are open than --collector.alerts.max-series allows; raise that limit", p.dropped)
	}
	return nil
}

// hours is a duration as amtool reads it.
func hours(d time.Duration) string { return fmt.Sprintf("%dm", int(d.Minutes())) }

// quote makes one word of a text for a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
