// Package discovery finds tenants: it lists the groups below a Tenant Service
// Group from time to time, makes tenants of them by a template, and puts them
// into force beside those that are configured by hand.
package discovery

import (
	"cmp"
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
// another word. It holds d.mu.
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
		tenants, left[i] = one.Tenants(one.groups, whole.Tenants, c.TakenNames())
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
		one.say(d.Logger, left[i])
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

// mostReasons is how many groups that are left out are told one by one.
const mostReasons = 10

// say logs why groups are left out, when that is not what it was.
func (d *discovery) say(logger log.Logger, left []error) {
	err := errors.Join(left[:min(len(left), mostReasons)]...)
	text := fmt.Sprint(len(left), err)
	if err != nil && text != d.said {
		level.Warn(logger).Log("msg", "Not all Tenant Service Groups become tenants", "discovery", d.Account.Name, "groups", len(left), "err", err)
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
			if !errors.Is(err, errManyGone) { // which wants a second word and not a quick one
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

var errManyGone = errors.New("too many groups are gone at once")

// take puts what a discovery has listed into force. That more than half of
// the groups are gone is believed when it comes twice: it would end their
// tenants. It holds d.mu.
func (d *Discoverer) take(one *discovery, groups []config.Group) error {
	before := one.groups
	if gone := missing(before, groups); 2*gone > len(before) {
		if one.doubts++; one.doubts == 1 {
			return fmt.Errorf("%w: %d of %d, which is believed when it comes again", errManyGone, gone, len(before))
		}
	}
	one.doubts = 0
	one.listed = true
	if one.groups = inOrder(before, groups); reflect.DeepEqual(one.groups, before) {
		return nil
	}
	if err := d.force(d.config, d.running); err != nil {
		one.groups = before
		return err
	}
	return nil
}

// missing is how many groups are not there any more.
func missing(before, now []config.Group) (n int) {
	there := make(map[string]bool, len(now))
	for _, g := range now {
		there[g.ID] = true
	}
	for _, g := range before {
		if !there[g.ID] {
			n++
		}
	}
	return n
}

// inOrder are groups with those first that were there before, in their order,
// so that a new one takes neither their name nor their place.
func inOrder(before, now []config.Group) []config.Group {
	place := make(map[string]int, len(before))
	for i, g := range before {
		place[g.ID] = i - len(before)
	}
	slices.SortStableFunc(now, func(a, b config.Group) int {
		return cmp.Or(cmp.Compare(place[a.ID], place[b.ID]), strings.Compare(a.ID, b.ID))
	})
	return now
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
