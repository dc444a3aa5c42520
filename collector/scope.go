package collector

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

var (
	collectorLabels = []string{"collector"}
	resourceLabels  = []string{"resource", "state"}
)

// The metrics of every scope, about its collectors.
var (
	scopeUp = &exposition.Metric{
		Name: "prisma_access_up", Type: exposition.Gauge,
		Help: "Whether the API accepts the tenant's credential and at least one collector has an answer to at least one query: 1 yes, 0 no.",
	}
	scopeRowsSeen = &exposition.Metric{
		Name: "prisma_access_rows_seen", Type: exposition.Gauge,
		Help: "Whether the API has listed anything that belongs to the tenant, such as a site, since the exporter started: 1 yes, 0 no. If it stays 0, the region or the tenant ID may be wrong. For a wrong region, Insights 3.0 returns empty answers instead of an error. With 3.0, the collector alerts therefore fails until the API has listed something.",
	}
	collectorTruncated = &exposition.Metric{
		Name: "prisma_access_scrape_collector_truncated", Type: exposition.Gauge, Labels: collectorLabels,
		Help: "Whether an answer had the maximum number of rows, so that rows may be missing, or series beyond --collector.max-series were dropped: 1 yes, 0 no.",
	}
	collectorPlanned = &exposition.Metric{
		Name: "prisma_access_scrape_collector_planned_interval_seconds", Type: exposition.Gauge, Labels: collectorLabels,
		Help: "Longest planned time between two polls. Exists only if it is longer than the collector's minimum interval: if the tenant is a provider's child whose counts do not change, or if the call budget is too small for all intervals.",
	}
	resourceState = &exposition.Metric{
		Name: "prisma_access_resource_state", Type: exposition.Gauge, Labels: resourceLabels,
		Help: "Whether the tenant has a resource of the API, or the part of the resource that a query selects. state is available, unknown, missing, unlicensed or forbidden: 1 for the current state, 0 for the others. A resource that has always been available has only that series, except for alerts. A missing, unlicensed or forbidden resource is not a failure, except for alerts. The exporter retries it at increasing intervals of up to an hour. It retries alerts, and resources that answered within the last hour, every minute.",
	}
)

var collectorPolls = poll.NewMetrics("prisma_access_scrape_collector_", "collector", collectorLabels)

// ScopeMetrics are the metrics that every scope has, whatever collectors run.
func ScopeMetrics() []*exposition.Metric {
	return slices.Concat([]*exposition.Metric{scopeUp, scopeRowsSeen}, collectorPolls.All(), []*exposition.Metric{collectorTruncated, collectorPlanned, resourceState})
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
	Freshness         poll.Freshness
	// Stretch is what the intervals of queries with an urgency are multiplied
	// by while not all fit the budget; nil for never.
	Stretch func(insights.Urgency) float64
	// Pace returns the pace of a collector that has one of its own, nil for none;
	// open tells how many alerts or incidents its last good poll found open. See
	// poll.Options for what may be called.
	Pace    func(e Enabled, open func() int) func() poll.Pace
	Metrics *Metrics
	Logger  log.Logger
	// EmptyIsUnknown says that the API answers with no rows where it should
	// refuse, so that no alerts are none only once there was a row of anything.
	EmptyIsUnknown bool
}

// stretch is how far the plan stretches intervals of an urgency at any time.
func (o ScopeOptions) stretch(u insights.Urgency) func() float64 {
	if o.Stretch == nil {
		return nil
	}
	return func() float64 { return o.Stretch(u) }
}

// pace is the pace of a collector that has one of its own, or nil.
func (o ScopeOptions) pace(e Enabled, open *atomic.Int64) func() poll.Pace {
	if o.Pace == nil {
		return nil
	}
	return o.Pace(e, func() int { return int(open.Load()) })
}

// Scope is one tenant, or one of its sub-tenants, with its collectors.
type Scope struct {
	labels         []exposition.Label
	availability   *availability
	emptyIsUnknown bool
	series         *seriesBound
	// open counts the open alerts of the last good poll, and incidents the open
	// incidents.
	open, incidents atomic.Pointer[[]SeverityCount]
	polls           *poll.Group
}

// NewScope returns a scope. It asks nothing yet.
func NewScope(o ScopeOptions) *Scope {
	logger := log.With(o.Logger, "tenant", o.Tenant)
	if o.SubTenant != "" {
		logger = log.With(logger, "sub_tenant", o.SubTenant)
	}
	s := &Scope{
		labels:         []exposition.Label{{Name: "tenant", Value: o.Tenant}, {Name: "sub_tenant", Value: o.SubTenant}},
		availability:   newAvailability(o.API, logger),
		emptyIsUnknown: o.EmptyIsUnknown,
		series:         newSeriesBound(o.Options.MaxSeries),
		polls:          poll.NewGroup(o.Freshness),
	}
	for _, e := range o.Collectors {
		o.Metrics.start(o.Tenant, e.Name)
		open := &atomic.Int64{}
		s.polls.Add(s.poll(e.New(o.Options), o.Metrics, e.Name, open), poll.Options{
			Name: e.Name, Kind: "Collector", Interval: e.Interval, Stretch: o.stretch(e.Urgency), Pace: o.pace(e, open), Logger: log.With(logger, "collector", e.Name),
		})
	}
	return s
}

// poll returns what polls the API for one collector. What makes too much
// vanish at once is believed when it comes twice. Open is how many alerts or
// incidents the last good one found.
func (s *Scope) poll(c Collector, metrics *Metrics, name string, open *atomic.Int64) poll.Func {
	seen := &census{}
	var last []exposition.Part
	once := func(ctx context.Context, again bool) (*poll.Reading, error) {
		seen.begin(again)
		builder := exposition.NewBuilder(s.labels...)
		emit := &Emitter{builder: builder, metrics: metrics, tenant: s.labels[0].Value, name: name, census: seen}
		if s.emptyIsUnknown {
			emit.first = s.availability.first
		}
		answers := &tally{API: s.availability}
		err := c.Update(ctx, answers, emit)
		emit.unread(answers)
		if err != nil {
			builder.Parts() // gives its buffers back
			return nil, err
		}
		seen.end()
		open.Store(int64(emit.pending))
		switch name {
		case alertsDefinition.Name:
			s.open.Store(&emit.open)
		case incidentsDefinition.Name:
			s.incidents.Store(&emit.open)
		}
		cut := builder.Cut(s.series.take(name, builder.Series()))
		last = builder.PartsAfter(last)
		return &poll.Reading{Parts: last, Truncated: answers.truncated || cut, Rows: answers.rows, Answered: answers.answered}, nil
	}
	return func(ctx context.Context) (*poll.Reading, error) {
		reading, err := once(ctx, false)
		if errors.Is(err, errVanished) {
			return once(ctx, true)
		}
		return reading, err
	}
}

// tally adds up what the answers to a collector's queries say of themselves.
type tally struct {
	insights.API
	mu        sync.Mutex
	rows, odd int
	wrong     map[string]int
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
	for column, n := range answer.Wrong {
		if t.wrong == nil {
			t.wrong = map[string]int{}
		}
		t.wrong[column] += n
	}
	t.truncated = t.truncated || answer.Truncated
	return answer, err
}

// guardedQuery asks api and turns a panic into an error: collectors ask side
// by side, where the guard of their poll does not reach.
func guardedQuery(ctx context.Context, api insights.API, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	return poll.Guard("reading "+q.Name(), func() (insights.Answer, error) { return api.Query(ctx, q, next) })
}

// Scrape returns the series of the named collectors, or of all for none, as
// far as it was worth waiting for them.
func (s *Scope) Scrape(ctx context.Context, names []string, page *poll.Page) []exposition.Part {
	return s.parts(s.polls.Scrape(ctx, names, page))
}

// Close ends the polls that are under way.
func (s *Scope) Close() { s.polls.Close() }

func (s *Scope) parts(views []poll.View) []exposition.Part {
	var parts []exposition.Part
	builder := exposition.NewBuilder(s.labels...)
	up, rejected, known := false, false, false
	for _, v := range views {
		known = known || !v.Pending
		up = up || v.Success && v.Reading.Answered > 0
		rejected = rejected || errors.Is(v.Err, insights.ErrCredential)
		l := builder.Labels(collectorLabels, v.Name)
		collectorPolls.Emit(builder, l, v)
		if v.Planned > 0 {
			builder.Add(collectorPlanned, l, v.Planned.Seconds())
		}
		if v.Reading != nil {
			builder.AddBool(collectorTruncated, l, v.Reading.Truncated)
			parts = append(parts, v.Reading.Parts...)
		}
	}
	s.availability.each(func(name string, holds state, always bool) {
		for st, word := range resourceStateNames {
			if word == resourceAvailable || !always {
				builder.AddBool(resourceState, builder.Labels(resourceLabels, name, word), state(st) == holds)
			}
		}
	})
	builder.AddBool(scopeRowsSeen, builder.Labels(nil), s.availability.first.seen.Load())
	if known { // else nothing was asked that could tell
		builder.AddBool(scopeUp, builder.Labels(nil), up && !rejected)
	}
	return append(parts, builder.Parts()...)
}

func compareText(a, b string) int { return strings.Compare(a, b) }
