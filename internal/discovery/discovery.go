// Package discovery finds tenants: it lists the groups below a Tenant Service
// Group from time to time, makes tenants of them by a template, and puts them
// into force beside those that are configured by hand.
package discovery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var discoveryLabels = []string{"tenant"}

// What the exporter tells of its discoveries.
var (
	discoverySuccess = &exposition.Metric{
		Name: "prisma_exporter_discovery_success", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Whether the discovery of that name last listed its Tenant Service Groups with success: 1 yes, 0 no, and the tenants are those of the last success.",
	}
	discoveryTime = &exposition.Metric{
		Name: "prisma_exporter_discovery_last_success_timestamp_seconds", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "When the discovery last listed its Tenant Service Groups with success.",
	}
	discoveryTenants = &exposition.Metric{
		Name: "prisma_exporter_discovery_tenants", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Tenants that there are because of the discovery.",
	}
	discoveryLeftOut = &exposition.Metric{
		Name: "prisma_exporter_discovery_left_out_tenants", Type: exposition.Gauge, Labels: discoveryLabels,
		Help: "Tenant Service Groups that the discovery found and that are no tenants: beyond max_tenants, or with a name that is taken or cannot be one. The log says which.",
	}
)

// OwnMetrics are what is told of the discoveries.
func OwnMetrics() []*exposition.Metric {
	return []*exposition.Metric{discoverySuccess, discoveryTime, discoveryTenants, discoveryLeftOut}
}

const (
	// listTimeout bounds one listing, its wait for the budget included.
	listTimeout = time.Minute
	// firstListPause is the wait after a listing that failed. It doubles up
	// to the interval.
	firstListPause = 30 * time.Second
)

// Lister lists the groups below the group of an account.
type Lister interface {
	Children(ctx context.Context, hierarchy, self bool) ([]config.Group, error)
	Close()
}

// Options are what a Discoverer is made of.
type Options struct {
	// List returns what lists the groups for an account. It asks nothing yet.
	List func(account config.Tenant) (Lister, error)
	// Apply puts a configuration into force, and changes nothing when it
	// fails.
	Apply    func(*config.Config) error
	Registry prometheus.Registerer
	Logger   log.Logger
}

// Discoverer puts configurations into force with the tenants that their
// discoveries find.
type Discoverer struct {
	Options
	success, time, tenants, leftOut *prometheus.GaugeVec

	mu       sync.Mutex
	config   *config.Config
	running  []*discovery
	finished sync.WaitGroup
}

// discovery is one that runs.
type discovery struct {
	config.Discovery
	list   Lister
	cancel context.CancelFunc
	// The Discoverer's mu guards these.
	groups  []config.Group
	empties int    // listings in a row that found nothing
	said    string // what was logged last
}

// New returns a Discoverer without a configuration.
func New(o Options) *Discoverer {
	return &Discoverer{
		Options: o,
		success: exposition.NewGauge(o.Registry, discoverySuccess),
		time:    exposition.NewGauge(o.Registry, discoveryTime),
		tenants: exposition.NewGauge(o.Registry, discoveryTenants),
		leftOut: exposition.NewGauge(o.Registry, discoveryLeftOut),
	}
}

// Configure puts a configuration into force. A discovery that lists the same
// as before goes on with what it has found; a new one has its tenants once it
// has listed them. When Configure fails, all is as it was.
func (d *Discoverer) Configure(c *config.Config) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all, fresh []*discovery
	for _, one := range c.Discoveries {
		i := slices.IndexFunc(d.running, func(known *discovery) bool { return sameListing(known.Discovery, one) })
		if i >= 0 {
			known := *d.running[i] // with another template, perhaps
			known.Discovery = one
			all = append(all, &known)
			continue
		}
		list, err := d.List(one.Account)
		if err != nil {
			closeAll(fresh)
			return err
		}
		started := &discovery{Discovery: one, list: list}
		all, fresh = append(all, started), append(fresh, started)
	}
	if err := d.force(c, all); err != nil {
		closeAll(fresh)
		return err
	}
	for _, one := range fresh {
		ctx, cancel := context.WithCancel(context.Background())
		one.cancel = cancel
		d.finished.Go(func() { d.run(ctx, one.list) })
	}
	return nil
}

// sameListing reports whether two discoveries list the same.
func sameListing(a, b config.Discovery) bool {
	a.Template, b.Template = config.Tenant{}, config.Tenant{}
	a.MaxTenants, b.MaxTenants = 0, 0
	a.Exclude, b.Exclude = nil, nil
	return reflect.DeepEqual(a, b)
}

// force puts a configuration with what its discoveries have found into force,
// in the place of what was before. It holds d.mu.
func (d *Discoverer) force(c *config.Config, all []*discovery) error {
	whole := *c
	whole.Tenants = slices.Clone(c.Tenants)
	left := make([][]error, len(all))
	found := make([]int, len(all))
	for i, one := range all {
		var tenants []config.Tenant
		tenants, left[i] = one.Tenants(one.groups, whole.Tenants)
		found[i] = len(tenants)
		whole.Tenants = append(whole.Tenants, tenants...)
	}
	if err := d.Apply(&whole); err != nil {
		return err
	}
	d.forget(all)
	d.config, d.running = c, all
	for i, one := range all {
		d.tenants.WithLabelValues(one.Account.Name).Set(float64(found[i]))
		d.leftOut.WithLabelValues(one.Account.Name).Set(float64(len(left[i])))
		one.say(d.Logger, errors.Join(left[i]...))
	}
	return nil
}

// forget ends what runs and is not among those that go on. It holds d.mu.
func (d *Discoverer) forget(all []*discovery) {
	for _, old := range d.running {
		if !slices.ContainsFunc(all, func(one *discovery) bool { return one.list == old.list }) {
			closeAll([]*discovery{old})
		}
		if !slices.ContainsFunc(all, func(one *discovery) bool { return one.Account.Name == old.Account.Name }) {
			for _, v := range []*prometheus.GaugeVec{d.success, d.time, d.tenants, d.leftOut} {
				v.DeleteLabelValues(old.Account.Name)
			}
		}
	}
}

func closeAll(all []*discovery) {
	for _, one := range all {
		if one.cancel != nil {
			one.cancel()
		}
		one.list.Close()
	}
}

// say logs why groups are left out, when that is not what it was.
func (d *discovery) say(logger log.Logger, err error) {
	text := fmt.Sprint(err)
	if err != nil && text != d.said {
		level.Warn(logger).Log("msg", "Not all Tenant Service Groups become tenants", "discovery", d.Account.Name, "err", err)
	}
	d.said = text
}

// run lists the groups of a discovery until it is closed.
func (d *Discoverer) run(ctx context.Context, list Lister) {
	failures, failed := 0, ""
	for {
		one, err := d.refresh(ctx, list)
		if one == nil || ctx.Err() != nil {
			return
		}
		wait := one.Interval
		if err != nil {
			if !errors.Is(err, errNoneLeft) { // which wants a second word and not a quick one
				wait = min(firstListPause<<min(failures, 10), wait)
			}
			failures++
			if failed != err.Error() {
				failed = err.Error()
				level.Error(d.Logger).Log("msg", "Tenant Service Groups could not be listed, so the tenants are those that were found before", "discovery", one.Account.Name, "err", err)
			}
		} else {
			failures, failed = 0, ""
		}
		select {
		case <-time.After(wait + time.Duration(rand.Int64N(int64(wait/20)+1))):
		case <-ctx.Done():
			return
		}
	}
}

// refresh lists the groups once and puts what is new into force. It returns
// nil for a discovery that is no more.
func (d *Discoverer) refresh(ctx context.Context, list Lister) (*discovery, error) {
	one := d.find(list)
	if one == nil {
		return nil, nil
	}
	limited, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	groups, err := list.Children(limited, one.Hierarchy, one.IncludeSelf)

	d.mu.Lock()
	defer d.mu.Unlock()
	if one = d.found(list); one == nil { // a new configuration has ended it meanwhile
		return nil, nil
	}
	if err == nil {
		err = d.take(one, groups)
	}
	if err != nil {
		d.success.WithLabelValues(one.Account.Name).Set(0)
		return one, err
	}
	d.success.WithLabelValues(one.Account.Name).Set(1)
	d.time.WithLabelValues(one.Account.Name).SetToCurrentTime()
	return one, nil
}

// find is the discovery that lists with list, if it still runs.
func (d *Discoverer) find(list Lister) *discovery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.found(list)
}

// found is find for who holds d.mu.
func (d *Discoverer) found(list Lister) *discovery {
	for _, one := range d.running {
		if one.list == list {
			return one
		}
	}
	return nil
}

var errNoneLeft = errors.New("none is left")

// take puts what a discovery has listed into force. No group at all where
// there were some is believed when it comes twice: it would end all of the
// tenants. It holds d.mu.
func (d *Discoverer) take(one *discovery, groups []config.Group) error {
	slices.SortFunc(groups, func(a, b config.Group) int { return strings.Compare(a.ID, b.ID) })
	before := one.groups
	if len(groups) == 0 && len(before) > 0 {
		if one.empties++; one.empties == 1 {
			return fmt.Errorf("%w of %d groups, which is believed when it comes again", errNoneLeft, len(before))
		}
	}
	one.empties = 0
	if reflect.DeepEqual(groups, before) {
		return nil
	}
	one.groups = groups
	if err := d.force(d.config, d.running); err != nil {
		one.groups = before
		return err
	}
	return nil
}

// Close ends what the Discoverer does in the background.
func (d *Discoverer) Close() {
	d.mu.Lock()
	closeAll(d.running)
	d.running = nil
	d.mu.Unlock()
	d.finished.Wait()
}
