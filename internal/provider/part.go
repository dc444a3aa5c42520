package provider

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// region is one that is asked.
type region struct {
	// word is what the API calls it.
	word string
	api  insights.API
	// seen says that any answer about it has had a row.
	seen atomic.Bool
}

// part is one call about one region. Its polls come one after the other.
type part struct {
	call     call
	region   *region
	provider *provider
	children *offspring
	// counts are those of the last good answer, nil before it.
	counts counts
	// narrow says that the API has refused the wider query.
	narrow bool
}

// counts are what an answer says, by the series that shows it.
type counts map[cell]float64

// cell names a series of a child: by the child's Tenant Service Group, the
// metric, and the values of the labels that the metric has beside the child's.
type cell struct {
	group  string
	metric *exposition.Metric
	labels [4]string
}

// entries are what an answer says of one child.
type entries struct {
	counts counts
	group  string
}

func (e entries) cell(m *exposition.Metric, labels []string) cell {
	c := cell{group: e.group, metric: m}
	copy(c.labels[:], labels)
	return c
}

// add takes in a number, which adds up with others of the same series. There are
// fewer than none of nothing.
func (e entries) add(m *exposition.Metric, n insights.Number, labels ...string) {
	if n.Valid && n.Value >= 0 {
		e.counts[e.cell(m, labels)] += n.Value
	}
}

// first takes in an instant, unless the same series has an earlier one.
func (e entries) first(m *exposition.Metric, at time.Time, labels ...string) {
	if at.IsZero() {
		return
	}
	c, seconds := e.cell(m, labels), float64(at.UnixMilli())/1000
	if before, there := e.counts[c]; !there || seconds < before {
		e.counts[c] = seconds
	}
}

// poll asks once. That more than half of what was there is gone is believed when
// it comes twice.
func (p *part) poll(ctx context.Context) (*poll.Reading, error) {
	known := p.provider.roster.load()
	rows, answer, err := p.ask(ctx)
	if before := len(p.counts); err == nil && before > 0 {
		if now, _ := p.read(rows, known); 2*len(now) < before {
			rows, answer, err = p.ask(ctx)
		}
	}
	if err != nil {
		if p.lacking(err) {
			return &poll.Reading{}, nil
		}
		return nil, err
	}
	if len(rows) > 0 {
		p.region.seen.Store(true)
	}
	now, unmatched := p.read(rows, known)
	p.note(now)
	return &poll.Reading{Parts: p.emit(now, unmatched, known), Rows: answer.Rows, Truncated: answer.Truncated, Answered: 1}, nil
}

// ask asks for the rows. What the API refuses is asked in the words of its own
// example, if those are others.
func (p *part) ask(ctx context.Context) ([]*row, insights.Answer, error) {
	if !p.narrow {
		wide := p.call.query
		if p.call.filter != nil {
			wide.Filter = p.call.filter(time.Now())
		}
		rows, answer, err := p.query(ctx, wide)
		if p.call.narrow == nil || !errors.Is(err, insights.ErrRefused) && !errors.Is(err, insights.ErrNoColumn) {
			return rows, answer, err
		}
	}
	rows, answer, err := p.query(ctx, *p.call.narrow)
	p.narrow = err == nil
	return rows, answer, err
}

func (p *part) query(ctx context.Context, q insights.Query) (rows []*row, answer insights.Answer, err error) {
	answer, err = p.region.api.Query(ctx, q, insights.Rows(&rows))
	return rows, answer, err
}

// lacking reports whether a refusal may mean that the provider has nothing in
// the region, as clients have met it: where others have rows and this one never
// had any. What is optional may be refused to one who has all else.
func (p *part) lacking(err error) bool {
	refused := errors.Is(err, insights.ErrMissing) || errors.Is(err, insights.ErrRefused) || errors.Is(err, insights.ErrNoColumn)
	if p.call.optional {
		return p.counts == nil && (refused || errors.Is(err, insights.ErrForbidden))
	}
	return refused && !p.region.seen.Load() && p.provider.seen()
}

// read adds up the rows that are of children. Of two rows with one identity the
// first counts.
func (p *part) read(rows []*row, known *roster) (now counts, unmatched int) {
	now = counts{}
	seen := make(map[identity]bool, len(rows))
	for _, r := range rows {
		child, ok := known.of(r)
		if !ok {
			unmatched++
			continue
		}
		if id := r.identity(child.ID); !seen[id] {
			seen[id] = true
			p.call.read(r, entries{now, child.ID})
		}
	}
	return now, unmatched
}

// note takes in an answer, and tells of the children whose counts have moved
// since the one before. The first moves nobody, nor does what is optional: all
// children may be upgraded in the same night.
func (p *part) note(now counts) {
	before := p.counts
	p.counts = now
	if before == nil || p.call.optional {
		return
	}
	moved := map[string]bool{}
	for c, n := range now {
		if old, there := before[c]; !there || old != n {
			moved[c.group] = true
		}
	}
	for c := range before {
		if _, there := now[c]; !there {
			moved[c.group] = true
		}
	}
	at := time.Now().UnixNano()
	for group := range moved {
		p.children.of(group).moved.Store(at)
	}
}

// emit writes the series of an answer.
func (p *part) emit(now counts, unmatched int, known *roster) []exposition.Part {
	builder := exposition.NewBuilder(p.provider.labels...)
	cells := make([]cell, 0, len(now))
	for c := range now {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, func(a, b cell) int {
		return cmp.Or(strings.Compare(a.group, b.group), slices.Compare(a.labels[:], b.labels[:]))
	})
	for _, c := range cells {
		values := append([]string{known.by[c.group].Name, p.region.word}, c.labels[:]...)
		builder.Add(c.metric, builder.Labels(c.metric.Labels, values[:len(c.metric.Labels)]...), now[c])
	}
	builder.Add(unmatchedRows, builder.Labels(callLabels, p.call.name, p.region.word), float64(unmatched))
	return builder.Parts()
}
