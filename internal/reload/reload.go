// Package reload puts configurations into force and tells how that went.
package reload

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var (
	reloadSuccessful = &exposition.Metric{
		Name: "prisma_exporter_config_last_reload_successful", Type: exposition.Gauge,
		Help: "Whether the last reload of the configuration succeeded: 1 yes, 0 no. After a failed reload, the previous configuration stays active.",
	}
	reloadTime = &exposition.Metric{
		Name: "prisma_exporter_config_last_reload_success_timestamp_seconds", Type: exposition.Gauge,
		Help: "Time of the last successful reload of the configuration.",
	}
)

// OwnMetrics are what is told of the configuration.
func OwnMetrics() []*exposition.Metric {
	return []*exposition.Metric{reloadSuccessful, reloadTime}
}

// Source is where configurations come from.
type Source struct {
	Read func() (*config.Config, error)
	// File is what Read reads, and empty where that is no file.
	File string
}

// Store puts configurations into force, one at a time.
type Store struct {
	source Source
	apply  func(*config.Config) error

	mu         sync.Mutex
	successful prometheus.Gauge
	time       prometheus.Gauge
	// tried is what the file held when it was last read, and failure why that
	// could not be put into force.
	tried   digest
	failure error
}

// New returns a store that puts the configurations of a source into force with
// apply, which must change nothing when it fails.
func New(r prometheus.Registerer, source Source, apply func(*config.Config) error) *Store {
	return &Store{
		source: source, apply: apply,
		successful: exposition.NewGauge(r, reloadSuccessful).WithLabelValues(),
		time:       exposition.NewGauge(r, reloadTime).WithLabelValues(),
	}
}

// Reload reads the configuration and puts it into force. When that fails,
// what was in force stays so.
func (s *Store) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reload()
}

func (s *Store) reload() error {
	if s.source.File != "" {
		// Before it is read: what is written in between is another content.
		s.tried = digestOf(s.source.File)
	}
	c, err := s.source.Read()
	if err == nil {
		err = s.apply(c)
	}
	if s.failure = err; err != nil {
		s.successful.Set(0)
		return err
	}
	s.successful.Set(1)
	s.time.Set(float64(time.Now().UnixMilli()) / 1000)
	return nil
}
