package engine

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/http" // which /targets is for
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/prisma-exporter/prisma_exporter/test/pipe"
)

// interval is that of scrapes and of evaluations, in simulated time, and longest
// the longest that the documents allow.
const (
	interval = 30 * time.Second
	longest  = 2 * time.Minute
)

// server is a Prometheus: its scraping, its storage and its rules as its
// binary puts them together, in this process.
type server struct {
	t       *testing.T
	network *pipe.Network
	// dir keeps the data over a restart, and text is its configuration, whose
	// targets are names of the network.
	dir, text string
	// rules are files, evaluated each interval if every is zero, and send is who is
	// told of alerts.
	rules []string
	every time.Duration
	send  rules.Sender
	// ruler changes how rules are evaluated, if not as Prometheus does by default.
	ruler func(*rules.ManagerOptions)

	db       *tsdb.DB
	engine   *promql.Engine
	found    *discovery.Manager
	discover context.CancelFunc
	scrapes  *scrape.Manager
	manager  *rules.Manager
	ended    chan error
}

// start starts it, again after a stop.
func (s *server) start() {
	s.t.Helper()
	var err error
	registry := prometheus.NewRegistry()
	s.db, err = tsdb.Open(filepath.Join(s.dir, "data"), promslog.NewNopLogger(), registry, tsdb.DefaultOptions(), nil)
	s.must(err)
	s.engine = promql.NewEngine(promql.EngineOpts{MaxSamples: 50e6, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true})

	s.scrape(registry)

	options := &rules.ManagerOptions{
		ExternalURL: &url.URL{}, Context: context.Background(), Logger: promslog.NewNopLogger(), Registerer: registry,
		QueryFunc: rules.EngineQueryFunc(s.engine, s.db), Appendable: s.db, Queryable: s.db,
		NotifyFunc: rules.SendAlerts(s.send, ""), ResendDelay: time.Minute, OutageTolerance: time.Hour, ForGracePeriod: 10 * time.Minute,
		GroupLoader: loader{}, RuleDependencyController: inTurn{},
	}
	if s.ruler != nil {
		s.ruler(options)
	}
	s.manager = rules.NewManager(options)
	s.load()
	go s.manager.Run()
}

// load reads its rules, again while it runs.
func (s *server) load() {
	s.t.Helper()
	s.must(s.manager.Update(cmp.Or(s.every, interval), s.rules, labels.EmptyLabels(), "", nil))
}

// scrape starts the discovery of targets, and to scrape them.
func (s *server) scrape(registry *prometheus.Registry) {
	s.t.Helper()
	c, err := config.Load(s.text, promslog.NewNopLogger())
	s.must(err)
	over := []commoncfg.HTTPClientOption{commoncfg.WithDialContextFunc(s.network.Dial)}
	s.scrapes, err = scrape.NewManager(&scrape.Options{HTTPClientOptions: over}, nil, nil, s.db, nil, registry)
	s.must(err)
	s.must(s.configure(c))

	metrics, err := discovery.CreateAndRegisterSDMetrics(registry)
	s.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	s.discover = cancel
	s.found = discovery.NewManager(ctx, promslog.NewNopLogger(), registry, metrics, discovery.HTTPClientOptions(over...))
	s.must(s.found.ApplyConfig(jobs(c)))
	s.ended = make(chan error, 2)
	go func() { s.ended <- s.found.Run() }()
	go func() { s.ended <- s.scrapes.Run(s.found.SyncCh()) }()
}

// lookups is held while a configuration is applied. Prometheus then looks up the
// name of its host, and package net shares lookups in the whole process, where two
// simulated times must not meet.
var lookups sync.Mutex

func (s *server) configure(c *config.Config) error {
	lookups.Lock()
	defer lookups.Unlock()
	return s.scrapes.ApplyConfig(c)
}

// jobs are how the jobs of a configuration find their targets.
func jobs(c *config.Config) map[string]discovery.Configs {
	found := map[string]discovery.Configs{}
	for _, job := range c.ScrapeConfigs {
		found[job.JobName] = job.ServiceDiscoveryConfigs
	}
	return found
}

// reload takes over another configuration while it runs, but for its rules.
func (s *server) reload(text string) {
	s.t.Helper()
	s.text = text
	c, err := config.Load(text, promslog.NewNopLogger())
	s.must(err)
	s.must(s.configure(c))
	s.must(s.found.ApplyConfig(jobs(c)))
}

// run starts it until the test is over.
func (s *server) run() {
	s.t.Helper()
	s.start()
	s.t.Cleanup(s.stop)
}

// stop ends it in the order of the binary.
func (s *server) stop() {
	s.t.Helper()
	s.scrapes.Stop()
	s.discover()
	for range cap(s.ended) {
		if err := <-s.ended; !errors.Is(err, context.Canceled) {
			s.must(err)
		}
	}
	s.manager.Stop()
	s.must(s.db.Close())
	s.must(s.engine.Close())
}

// query answers an instant query for series.
func (s *server) query(expr string) promql.Vector {
	s.t.Helper()
	query, err := s.engine.NewInstantQuery(context.Background(), s.db, nil, expr, time.Now())
	if err != nil {
		s.t.Fatalf("%v in %s", err, expr)
	}
	defer query.Close()
	result := query.Exec(context.Background())
	switch v := result.Value.(type) {
	case promql.Vector:
		return slices.Clone(v)
	case promql.Scalar:
		return promql.Vector{{F: v.V}}
	}
	s.t.Fatalf("%s: %v", expr, result.Err)
	return nil
}

// graph answers a query for the last hour, a point a minute.
func (s *server) graph(expr string) promql.Matrix {
	s.t.Helper()
	now := time.Now()
	query, err := s.engine.NewRangeQuery(context.Background(), s.db, nil, expr, now.Add(-time.Hour), now, time.Minute)
	if err != nil {
		s.t.Fatalf("%v in %s", err, expr)
	}
	defer query.Close()
	answer, err := query.Exec(context.Background()).Matrix()
	if err != nil {
		s.t.Fatalf("%s: %v", expr, err)
	}
	return slices.Clone(answer)
}

func (s *server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}
