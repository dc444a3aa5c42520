package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var (
	collectorLabels = []string{"collector"}
	resourceLabels  = []string{"resource"}
)

// The metrics of every scope, about its collectors.
var (
	scopeUp = &exposition.Metric{
		Name: "prisma_access_up", Type: exposition.Gauge,
		Help: "Whether the API accepts the tenant's credential and at least one collector succeeded with an answer to at least one query: 1 yes, 0 no.",
	}
	collectorSuccess = &exposition.Metric{
		Name: "prisma_access_scrape_collector_success", Type: exposition.Gauge, Labels: collectorLabels,
		Help: "Whether the collector's last poll of the API succeeded and none is overdue: 1 yes, 0 no. Its other series are then those of its last success.",
	}
	collectorDuration = &exposition.Metric{
		Name: "prisma_access_scrape_collector_duration_seconds", Type: exposition.Gauge, Labels: collectorLabels,
		Help: "How long the collector's last poll of the API took.",
	}
	collectorLastSuccess = &exposition.Metric{
		Name: "prisma_access_scrape_collector_last_success_timestamp_seconds", Type: exposition.Gauge, Labels: collectorLabels,
		Help: "When the poll began that the collector's series are from.",
	}
	collectorTruncated = &exposition.Metric{
		Name: "prisma_access_scrape_collector_truncated", Type: exposition.Gauge, Labels: collectorLabels,
		Help: "Whether an answer had as many rows as the API gives at most, so that there may be more: 1 yes, 0 no.",
	}
	resourceState = &exposition.Metric{
		Name: "prisma_access_resource_state", Type: exposition.Gauge, Labels: resourceLabels, States: resourceStateNames,
		Help: "Whether the tenant has a resource of the API, or the part of one that a query asks for: 1 for the state that holds, 0 for the others. One that is missing or not licensed is no failure, but for the alerts; it is asked for again at growing intervals, at most an hour, alerts every two minutes.",
	}
)

// ScopeMetrics are the metrics that every scope has, whatever collectors run.
func ScopeMetrics() []*exposition.Metric {
	return []*exposition.Metric{scopeUp, collectorSuccess, collectorDuration, collectorLastSuccess, collectorTruncated, resourceState}
}

// Enabled is a collector that runs, and how often at most.
type Enabled struct {
	Definition
	Interval time.Duration
}

// ScopeOptions are what a scope is made of.
type ScopeOptions struct {
	Tenant, SubTenant string
	API               insights.API
	Collectors        []Enabled
	Options           Options
	Freshness         Freshness
	Metrics           *Metrics
	Logger            log.Logger
}

// Scope is one tenant, or one of its sub-tenants, with its collectors.
type Scope struct {
	labels     []exposition.Label
	resources  *resources
	collectors []running
}

// running is a collector of a scope, or a resource of a company.
type running struct {
	name     string
	snapshot *snapshot
}

// NewScope returns a scope. It asks nothing yet.
func NewScope(o ScopeOptions) *Scope {
	logger := log.With(o.Logger, "tenant", o.Tenant)
	if o.SubTenant != "" {
		logger = log.With(logger, "sub_tenant", o.SubTenant)
	}
	s := &Scope{
		labels:    []exposition.Label{{Name: "tenant", Value: o.Tenant}, {Name: "sub_tenant", Value: o.SubTenant}},
		resources: newResources(o.API, logger),
	}
	for _, e := range o.Collectors {
		o.Metrics.start(o.Tenant, e.Name)
		poll := s.poll(e.New(o.Options), o.Metrics, o.Tenant, e.Name, log.With(logger, "collector", e.Name))
		s.collectors = append(s.collectors, running{e.Name, &snapshot{interval: e.Interval, freshness: o.Freshness, poll: poll}})
	}
	return s
}

// poll returns what polls the API for one collector.
func (s *Scope) poll(c Collector, metrics *Metrics, tenant, name string, logger log.Logger) poll {
	history := &history{what: "Collector", logger: logger}
	return func(ctx context.Context) (*reading, error) {
		builder := exposition.NewBuilder(s.labels...)
		emit := &Emitter{builder: builder, metrics: metrics, tenant: tenant, name: name}
		answers := &tally{API: s.resources}
		err := c.Update(ctx, answers, emit)
		emit.unknownRows(answers.odd)
		history.note(answers.rows, err)
		if err == nil {
			return &reading{parts: builder.Parts(), truncated: answers.truncated, rows: answers.rows, answered: answers.answered}, nil
		}
		builder.Parts() // gives its buffers back
		return nil, err
	}
}

// history logs how the polls of one thing end. A failure that goes on is said
// once, and one of the credential by the client, for all that it is about.
type history struct {
	what   string
	logger log.Logger
	failed string
}

func (h *history) note(rows int, err error) {
	if err == nil {
		level.Debug(h.logger).Log("msg", "Polled the API", "rows", rows)
		if h.failed != "" {
			level.Info(h.logger).Log("msg", h.what+" succeeds again")
		}
		h.failed = ""
		return
	}
	if h.failed != sameFailure(err) && !errors.Is(err, insights.ErrCredential) {
		level.Error(h.logger).Log("msg", h.what+" failed", "err", err)
	}
	h.failed = sameFailure(err)
}

// sameFailure is what failures have in common that are worth one line: their
// texts can have ports, times and request IDs, which differ each time.
func sameFailure(err error) string {
	if failed, ok := errors.AsType[*insights.Error](err); ok {
		return fmt.Sprintf("%v %d %s", failed.Kind, failed.Status, failed.Code)
	}
	return err.Error()
}

// tally adds up what the answers to a collector's queries say of themselves.
type tally struct {
	insights.API
	mu        sync.Mutex
	rows, odd int
	answered  int
	truncated bool
}

// Query implements insights.API.
func (t *tally) Query(ctx context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	answer, err := guardedQuery(ctx, t.API, q, next)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.answered++
	}
	t.rows += answer.Rows
	t.odd += answer.Odd
	t.truncated = t.truncated || answer.Truncated
	return answer, err
}

// Scrape returns the series of the named collectors, or of all for none, as
// far as there are any when ctx ends.
func (s *Scope) Scrape(ctx context.Context, names []string) []exposition.Part {
	chosen := s.collectors
	if len(names) > 0 {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(c running) bool { return !slices.Contains(names, c.name) })
	}
	return s.parts(chosen, look(ctx, chosen))
}

// look gets what there is to serve of each, side by side.
func look(ctx context.Context, all []running) []view {
	views := make([]view, len(all))
	var wg sync.WaitGroup
	for i, one := range all {
		wg.Go(func() { views[i] = one.snapshot.Get(ctx) })
	}
	wg.Wait()
	return views
}

func (s *Scope) parts(collectors []running, views []view) []exposition.Part {
	var parts []exposition.Part
	builder := exposition.NewBuilder(s.labels...)
	up, rejected := false, false
	for i, c := range collectors {
		v := views[i]
		up = up || v.success && v.reading.answered > 0
		rejected = rejected || errors.Is(v.err, insights.ErrCredential)
		l := builder.Labels(collectorLabels, c.name)
		collectorPolls.add(builder, l, v)
		if v.reading != nil {
			builder.Add(collectorTruncated, l, truth(v.reading.truncated))
			parts = append(parts, v.reading.parts...)
		}
	}
	s.resources.each(func(name string, state state) {
		builder.AddState(resourceState, builder.Labels(resourceLabels, name), int(state))
	})
	if len(collectors) > 0 { // else nothing was asked that could tell
		builder.Add(scopeUp, builder.Labels(nil), truth(up && !rejected))
	}
	return append(parts, builder.Parts()...)
}

// polls are the metrics that tell how the polls of something end.
type polls struct{ success, duration, lastSuccess *exposition.Metric }

var collectorPolls = polls{collectorSuccess, collectorDuration, collectorLastSuccess}

func (p polls) add(b *exposition.Builder, l exposition.Labels, v view) {
	b.Add(p.success, l, truth(v.success))
	b.Add(p.duration, l, v.took.Seconds())
	if !v.lastSuccess.IsZero() {
		b.Add(p.lastSuccess, l, seconds(v.lastSuccess))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func compareText(a, b string) int { return strings.Compare(a, b) }
