package engine

import (
	"context"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
)

// TestLateRulers plays with rulers that are late, and every third scrape lost: one
// that evaluates as of a minute ago, as Mimir's does, and one that can read what
// it recorded only some time later, as one of Thanos that writes it elsewhere.
// Each alert is told of once, and its end once.
func TestLateRulers(t *testing.T) {
	for name, ruler := range map[string]func(*rules.ManagerOptions){
		"evaluates as of a minute ago": func(o *rules.ManagerOptions) {
			o.DefaultRuleQueryOffset = func() time.Duration { return time.Minute }
		},
		"reads what it recorded 20 seconds later": func(o *rules.ManagerOptions) {
			o.Appendable = late{o.Appendable, 20 * time.Second}
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T) {
				p := newPlay(t, rand.New(rand.NewPCG(1, 0)))
				p.prom.ruler = ruler
				p.before = loseEveryThird
				p.cast()
				p.open()
				p.shows(`prisma_access_scrape_collector_success{collector="alerts"} == 1`)
				p.evaluations(10) // until what is recorded can be read
				p.ledger.begin(calm)
				p.raise(12)
				p.settle()
				p.clear(4)
				p.raise(8)
				p.settle()
				p.clear(len(p.alerts))
				p.settle()
				p.evaluations(20)
				p.ledger.once(t)
			})
		})
	}
}

// loseEveryThird has every third scrape fail.
func loseEveryThird(h http.Handler) http.Handler {
	n := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n%3 == 0 { // Prometheus asks for one page at a time
			http.Error(w, "lost", http.StatusBadGateway)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// late is a storage in which samples can be read some time after they were written.
type late struct {
	storage.Appendable
	by time.Duration
}

func (l late) Appender(ctx context.Context) storage.Appender {
	return &lateAppender{storage: l, ctx: ctx}
}

type lateAppender struct {
	storage.Appender // nil: rules write plain samples alone
	storage          late
	ctx              context.Context
	samples          []func(storage.Appender) error
}

func (*lateAppender) SetOptions(*storage.AppendOptions) {}

func (a *lateAppender) Append(_ storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	a.samples = append(a.samples, func(to storage.Appender) error {
		_, err := to.Append(0, l, t, v)
		return err
	})
	return 0, nil
}

func (a *lateAppender) Commit() error {
	time.AfterFunc(a.storage.by, func() {
		to := a.storage.Appendable.Appender(context.WithoutCancel(a.ctx))
		for _, write := range a.samples {
			_ = write(to) // out of order, which an alert's own series can be
		}
		_ = to.Commit()
	})
	return nil
}

func (a *lateAppender) Rollback() error { return nil }
