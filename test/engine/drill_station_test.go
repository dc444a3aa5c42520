package engine

import (
	"context"
	"errors"
	"io"
	"math"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/notifier"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// A station is a Prometheus whose time is what it is given: it stores pages as a
// scrape does, and evaluates the rules.
type station struct {
	t      *testing.T
	db     *tsdb.DB
	engine *promql.Engine
	files  []string
	// delay is how late the rules are evaluated.
	delay time.Duration
	send  func(now time.Time, alerts []*notifier.Alert)

	groups []*rules.Group
	rounds int // since its start
	now    time.Time
	known  map[string]series
	shown  map[string]map[string]series // by target
}

type series struct {
	labels labels.Labels
	ref    storage.SeriesRef
}

func newStation(t *testing.T, files []string, delay time.Duration, send func(time.Time, []*notifier.Alert)) *station {
	t.Helper()
	options := tsdb.DefaultOptions()
	options.WALSegmentSize = -1 // nothing outlives the test
	db, err := tsdb.Open(t.TempDir(), promslog.NewNopLogger(), nil, options, nil)
	s := &station{t: t, db: db, files: files, delay: delay, send: send, known: map[string]series{}}
	s.must(err)
	s.engine = promql.NewEngine(promql.EngineOpts{MaxSamples: 50e6, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true})
	t.Cleanup(func() {
		_ = s.db.Close()
		_ = s.engine.Close()
	})
	s.start()
	return s
}

// start has it know nothing but what it stored.
func (s *station) start() {
	s.t.Helper()
	s.groups, s.rounds, s.shown = s.read(), 0, map[string]map[string]series{}
}

// load has it read rules in place of those that it has, as a reload does: a rule
// goes on whose group, name and labels are the same.
func (s *station) load(files []string) {
	s.t.Helper()
	s.files = files
	before := s.groups
	s.groups = s.read()
	for _, g := range s.groups {
		if i := slices.IndexFunc(before, func(old *rules.Group) bool { return old.Name() == g.Name() }); i >= 0 {
			g.CopyState(before[i])
		}
	}
}

func (s *station) read() (groups []*rules.Group) {
	s.t.Helper()
	manager := rules.NewManager(&rules.ManagerOptions{
		ExternalURL: &url.URL{}, Context: context.Background(), Logger: promslog.NewNopLogger(), Appendable: s.db, Queryable: s.db,
		QueryFunc: rules.EngineQueryFunc(s.engine, s.db), DefaultRuleQueryOffset: func() time.Duration { return s.delay },
		NotifyFunc:  rules.SendAlerts(sender(func(a []*notifier.Alert) { s.send(s.now, a) }), ""),
		ResendDelay: time.Minute, OutageTolerance: time.Hour, ForGracePeriod: 10 * time.Minute,
		GroupLoader: loader{}, RuleDependencyController: inTurn{},
	})
	byName, errs := manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, s.files...)
	s.must(errors.Join(errs...))
	for _, g := range byName {
		groups = append(groups, g)
	}
	return groups
}

type sender func([]*notifier.Alert)

func (f sender) Send(alerts ...*notifier.Alert) { f(alerts) }

// evaluate evaluates all rules.
func (s *station) evaluate(now time.Time) {
	s.now = now
	for _, g := range s.groups {
		g.Eval(context.Background(), now)
		if s.rounds == 1 { // as Prometheus does, once it has scraped
			g.RestoreForState(now)
		}
	}
	s.rounds++
}

// take stores a page, or that there was none.
func (s *station) take(target string, at time.Time, text string, lost bool) {
	s.t.Helper()
	app, ms := s.db.Appender(context.Background()), at.UnixMilli()
	instance := "exporter:10058" + target
	own := func(name string, v float64) {
		_, err := app.Append(0, labels.FromStrings(model.MetricNameLabel, name, "instance", instance, "job", "prisma"), ms, v)
		s.must(err)
	}
	before := s.shown[target]
	s.shown[target] = map[string]series{}
	if lost {
		own("up", 0)
	} else {
		own("up", 1)
		s.page(app, target, instance, ms, text)
	}
	for key, one := range before {
		if _, still := s.shown[target][key]; !still {
			_, err := app.Append(one.ref, one.labels, ms, math.Float64frombits(value.StaleNaN))
			s.must(err)
		}
	}
	s.must(app.Commit())
}

// page stores what a page shows. Labels of the page go before those of the target.
func (s *station) page(app storage.Appender, target, instance string, ms int64, text string) {
	p, err := textparse.New([]byte(text), "text/plain", labels.NewSymbolTable(), textparse.ParserOptions{})
	s.must(err)
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		s.must(err)
		if entry != textparse.EntrySeries {
			continue
		}
		raw, _, v := p.Series()
		key := target + string(raw)
		one, known := s.known[key]
		if !known {
			var l labels.Labels
			p.Labels(&l)
			b := labels.NewBuilder(l)
			for name, own := range map[string]string{"instance": instance, "job": "prisma"} {
				if l.Get(name) == "" {
					b.Set(name, own)
				}
			}
			one.labels = b.Labels()
		}
		one.ref, err = app.Append(one.ref, one.labels, ms, v)
		s.must(err)
		s.known[key], s.shown[target][key] = one, one
	}
}

func (s *station) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
