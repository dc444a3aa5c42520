package engine

import (
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// A store is a storage whose samples come as time goes on, from time 0, and the
// engine that is asked about them.
type store struct {
	t      *testing.T
	db     *tsdb.DB
	engine *promql.Engine
	series []*input
}

// An input is a series with the samples that are still to come.
type input struct {
	labels  labels.Labels
	ref     storage.SeriesRef
	samples []promql.FPoint
}

// openStore opens an empty one. A subquery that names no step takes that of the
// evaluations.
func openStore(t *testing.T, interval time.Duration) *store {
	t.Helper()
	options := tsdb.DefaultOptions()
	options.RetentionDuration = 0
	options.MinBlockDuration = (30 * 24 * time.Hour).Milliseconds() // nothing is written before the test is over
	options.MaxBlockDuration = options.MinBlockDuration
	options.WALSegmentSize = -1
	options.StripeSize = 64 // for some dozens of series and not for millions
	db, err := tsdb.Open(t.TempDir(), promslog.NewNopLogger(), nil, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &store{t: t, db: db, engine: promql.NewEngine(promql.EngineOpts{
		MaxSamples: 50e6, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 { return interval.Milliseconds() },
	})}
}

func (s *store) close() {
	_ = s.engine.Close()
	_ = s.db.Close()
}

// till stores the samples up to a time.
func (s *store) till(at time.Duration) {
	s.t.Helper()
	app := s.db.Appender(s.t.Context())
	for _, one := range s.series {
		for len(one.samples) > 0 && one.samples[0].T <= at.Milliseconds() {
			var err error
			one.ref, err = app.Append(one.ref, one.labels, one.samples[0].T, one.samples[0].F)
			if err != nil {
				s.t.Fatalf("%s: %v", one.labels, err)
			}
			one.samples = one.samples[1:]
		}
	}
	if err := app.Commit(); err != nil {
		s.t.Fatal(err)
	}
}
