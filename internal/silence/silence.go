// Package silence prints what makes Alertmanager silent about the alerts and
// incidents that are open now, and about no other: for who begins to be paged by
// a tenant that has been there for long.
package silence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
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

// Run prints a call of amtool for each open alert of each tenant, or for each of
// its incidents where those page. It reports whether all of them could be read.
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
		parts := m.Scrape(ctx, fleet.Request{Collectors: collectors, Named: true, Page: poll.NewPage(true)})
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
	if d.Provider != nil && !d.Provider.DrillDown {
		return nil, nil // whose children do not page
	}
	groups, _, err := discovery.Groups(ctx, l, d)
	if err != nil {
		return nil, err
	}
	tenants, _ := d.Tenants(groups, beside, o.Config.TakenNames())
	return tenants, nil
}

// collectors are those whose series say what pages: the alerts of a tenant, or
// its incidents where the API does not list its alerts.
var collectors = []string{"alerts", "incidents"}

// lacking are the states of a resource that a tenant turns out not to have.
var lacking = []string{"missing", "unlicensed", "forbidden"}

// scope is what a page says of a tenant or sub-tenant.
type scope struct {
	name string
	// open are the open alerts and incidents, by the label that tells them apart
	// and their IDs.
	open map[string]map[string]*open
	// read says of a collector whether its last poll was good.
	read map[string]bool
	// lacks are the resources that the tenant turns out not to have.
	lacks   map[string]bool
	dropped float64
}

type open struct {
	id, severity, text string
	raised             time.Time
}

func readPage(families []*dto.MetricFamily) map[string]*scope {
	scopes := map[string]*scope{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			l := map[string]string{}
			for _, pair := range m.GetLabel() {
				l[pair.GetName()] = pair.GetValue()
			}
			name := strings.TrimSuffix(l["tenant"]+"/"+l["sub_tenant"], "/")
			if scopes[name] == nil {
				scopes[name] = &scope{
					name: name, read: map[string]bool{}, lacks: map[string]bool{},
					open: map[string]map[string]*open{"alert_id": {}, "incident_id": {}},
				}
			}
			scopes[name].take(f.GetName(), l, m.GetGauge().GetValue())
		}
	}
	return scopes
}

func (s *scope) take(name string, l map[string]string, value float64) {
	at := func(label string) *open {
		id := l[label]
		if s.open[label][id] == nil {
			s.open[label][id] = &open{id: id}
		}
		return s.open[label][id]
	}
	raised := func(o *open) {
		o.raised, o.severity = time.UnixMilli(int64(value*1000)).UTC(), l["prisma_severity"]
	}
	switch name {
	case "prisma_access_alert_raised_timestamp_seconds":
		raised(at("alert_id"))
	case "prisma_access_alert_info":
		at("alert_id").text = l["message"]
	case "prisma_access_incident_raised_timestamp_seconds":
		raised(at("incident_id"))
	case "prisma_access_incident_info":
		at("incident_id").text = l["title"]
	case "prisma_access_scrape_collector_success":
		s.read[l["collector"]] = value == 1
	case "prisma_access_resource_state":
		if slices.Contains(lacking, l["state"]) && value == 1 {
			s.lacks[l["resource"]] = true
		}
	case "prisma_access_alerts_dropped", "prisma_access_incidents_dropped":
		s.dropped += value
	}
}

// paging is the label of what pages, as the rules have it. Its error says that
// this could not be read.
func (s *scope) paging() (label string, err error) {
	read, polled := s.read["alerts"]
	lists := polled && !s.lacks[insights.AlertsCurrent.Name]
	switch {
	case lists && read:
		label = "alert_id"
	case !lists && s.read["incidents"] && !s.lacks[insights.Incidents.Name]:
		label = "incident_id"
	case read:
		return "", fmt.Errorf("cannot read its alerts: %s (only counted, and it has no incidents); see --config.check", s.name)
	default:
		return "", fmt.Errorf("cannot read its alerts: %s; see --config.check", s.name)
	}
	if s.dropped > 0 {
		err = fmt.Errorf("%.0f more alerts or incidents are open than --collector.alerts.max-series allows; raise that limit", s.dropped)
	}
	return label, err
}

// print prints what is open of a page and pages, by scope and the oldest first.
// Its error tells what is missing.
func (o Options) print(scopes map[string]*scope) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		s := scopes[name]
		label, err := s.paging()
		if err != nil {
			errs = append(errs, err)
		}
		all := slices.SortedFunc(maps.Values(s.open[label]), func(a, b *open) int {
			return cmp.Or(a.raised.Compare(b.raised), cmp.Compare(a.id, b.id))
		})
		for _, a := range all {
			comment := fmt.Sprintf("open since %s: %s (%s, %s)", a.raised.Format(time.DateOnly), cmp.Or(a.text, "an alert"), a.severity, name)
			fmt.Fprintf(o.Out, "amtool silence add --alertmanager.url=\"$ALERTMANAGER\" --duration=%s --comment=%s %s\n",
				hours(o.For), quote(comment), quote(fmt.Sprintf("%s=%q", label, a.id)))
		}
	}
	return errors.Join(errs...)
}

// hours is a duration as amtool reads it.
func hours(d time.Duration) string { return fmt.Sprintf("%dm", int(d.Minutes())) }

// quote makes one word of a text for a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
