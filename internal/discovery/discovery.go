// Package discovery finds tenants: it lists the groups below a Tenant Service
// Group from time to time, makes tenants of them by a template, and puts them
// into force beside those that are configured by hand.
package discovery

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// Lister lists the groups below the group of an account.
type Lister interface {
	Children(ctx context.Context, hierarchy, self bool) ([]config.Group, error)
	// Hierarchy lists them with both of their IDs and their regions, as a provider
	// knows them.
	Hierarchy(ctx context.Context) ([]config.Group, error)
	// Standing is how the account stands with the API.
	Standing() insights.Standing
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
	closed   bool
	finished sync.WaitGroup
}

// discovery is one that runs.
type discovery struct {
	config.Discovery
	list   Lister
	cancel context.CancelFunc
	// The Discoverer's mu guards these.
	groups []config.Group
	listed bool      // whether there was a good listing
	since  time.Time // when it began to run
	doubts int       // listings in a row that had lost too much to be believed
	said   string    // what was logged last
	state  state
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
	if d.closed {
		return errors.New("the exporter stops")
	}
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
		started := &discovery{Discovery: one, list: list, groups: d.groupsOf(one.Account.ID), since: time.Now()}
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

// groupsOf are what was found below a group before, which holds until there is
// another word. d.mu must be held.
func (d *Discoverer) groupsOf(id string) []config.Group {
	for _, one := range d.running {
		if one.Account.ID == id {
			return one.groups
		}
	}
	return nil
}

// sameListing reports whether two discoveries list the same.
func sameListing(a, b config.Discovery) bool {
	a.Template, b.Template = config.Tenant{}, config.Tenant{}
	a.MaxTenants, b.MaxTenants = 0, 0
	a.Exclude, b.Exclude = nil, nil
	a.Provider, b.Provider = knowing(a.Provider), knowing(b.Provider)
	return reflect.DeepEqual(a, b)
}

// knowing is what a provider means for a listing: that both IDs are wanted.
func knowing(p *config.Provider) *config.Provider {
	if p == nil {
		return nil
	}
	return &config.Provider{}
}

// force puts a configuration with what its discoveries have found into force,
// in the place of what was before. d.mu must be held.
func (d *Discoverer) force(c *config.Config, all []*discovery) error {
	whole := *c
	whole.Tenants, whole.Children = slices.Clone(c.Tenants), map[string][]config.Child{}
	left := make([][]error, len(all))
	found := make([]int, len(all))
	for i, one := range all {
		var tenants []config.Tenant
		tenants, left[i] = one.Tenants(one.groups, whole.Tenants, c.TakenNames())
		found[i] = len(tenants)
		if one.Provider != nil {
			whole.Children[one.Account.Name] = one.Children(one.groups, slices.Concat(whole.Tenants, tenants))
		}
		if one.Provider == nil || one.Provider.DrillDown {
			whole.Tenants = append(whole.Tenants, tenants...)
		}
	}
	if err := d.Apply(&whole); err != nil {
		return err
	}
	d.forget(all)
	d.config, d.running = c, all
	for i, one := range all {
		d.tenants.WithLabelValues(one.Account.Name).Set(float64(found[i]))
		d.leftOut.WithLabelValues(one.Account.Name).Set(float64(len(left[i])))
		one.state.found, one.state.leftOut = found[i], len(left[i])
		one.say(d.Logger, left[i])
	}
	return nil
}

// forget ends what runs and is not among those that go on. d.mu must be held.
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

// mostReasons is how many groups that are left out are told one by one.
const mostReasons = 10

// say logs why groups are left out, when that is not what it was.
func (d *discovery) say(logger log.Logger, left []error) {
	err := errors.Join(left[:min(len(left), mostReasons)]...)
	text := fmt.Sprint(len(left), err)
	if err != nil && text != d.said {
		level.Warn(logger).Log("msg", "Some Tenant Service Groups did not become tenants", "discovery", d.Account.Name, "groups", len(left), "err", err)
	}
	d.said = text
}

// patience is how long a discovery that has not listed anything yet may keep
// the list of targets from being shown.
const patience = 15 * time.Minute

// Settled reports whether the tenants are all that there are, as far as is
// known: whether each discovery has listed its groups, or had time enough to.
func (d *Discoverer) Settled() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !slices.ContainsFunc(d.running, func(one *discovery) bool {
		return !one.listed && len(one.groups) == 0 && time.Since(one.since) < patience
	})
}

// Close ends what the Discoverer does in the background.
func (d *Discoverer) Close() {
	d.mu.Lock()
	closeAll(d.running)
	d.running, d.closed = nil, true
	d.mu.Unlock()
	d.finished.Wait()
}
