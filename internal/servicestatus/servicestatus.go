// Package servicestatus asks the vendor's service status page, which is public,
// and turns what it says of components, incidents and maintenance into metrics.
// The page is one for the process: it knows no tenant and takes no credential,
// and how it is does not touch whether a tenant is well.
package servicestatus

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	promconfig "github.com/prometheus/common/config"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

// Name is that of the page among what is watched, and of its collector.
const Name = "service_status"

// DefaultURL is where the vendor's page about its SASE services has its API, as
// the vendor documents it.
const DefaultURL = "https://sase-secondary.status.paloaltonetworks.com/api/v2"

// resource is the one answer that has all there is: components, unresolved
// incidents, maintenance to come and under way.
const resource = "summary"

// Settings are what a user chooses.
type Settings struct {
	// On says that the page is watched.
	On bool
	// URL is where its API is, without the name of what is asked for.
	URL string
	// Components match the whole names of the components to show.
	Components *regexp.Regexp
	// Interval is how long an answer is fresh.
	Interval time.Duration
	HTTP     promconfig.HTTPClientConfig
}

// Options are what the page is watched with.
type Options struct {
	Settings
	Process *transport.Process
	// Budget is the page's own: what others have too much of must not keep from
	// asking it, nor the other way round.
	Budget    *budget.Budget
	Freshness poll.Freshness
	// Timeout bounds one request.
	Timeout time.Duration
	// Transport takes the place of the network, unless it is nil.
	Transport http.RoundTripper
	Logger    log.Logger
}

// Entry is the page as one of what is watched.
func Entry(o Options) fleet.Entry {
	return fleet.Entry{Name: Name, New: func() (fleet.Watched, error) {
		p, err := newPage(o)
		if err != nil {
			return nil, err // and not a nil of type *page
		}
		return p, nil
	}}
}

// page is the page with what it said last.
type page struct {
	options Options
	sender  *transport.Sender
	polls   *poll.Group
	last    atomic.Pointer[summary]
}

func newPage(o Options) (*page, error) {
	o.Logger = log.With(o.Logger, "collector", Name)
	sender, err := transport.New(transport.Options{
		Name: Name, Kind: "collector", HTTP: o.HTTP, Process: o.Process, Budget: o.Budget,
		Timeout: o.Timeout, Transport: o.Transport, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	p := &page{options: o, sender: sender, polls: poll.NewGroup(o.Freshness)}
	p.polls.Add(p.poll, poll.Options{Name: resource, Kind: "Service status", Interval: o.Interval, Logger: o.Logger})
	return p, nil
}

// poll asks once and writes the series.
func (p *page) poll(ctx context.Context) (*poll.Reading, error) {
	s, err := p.ask(ctx)
	if err != nil {
		return nil, err
	}
	p.last.Store(s)
	return &poll.Reading{Parts: s.parts(), Rows: len(s.Components), Truncated: s.truncated, Answered: 1}, nil
}

// ask asks for what the page says now.
func (p *page) ask(ctx context.Context) (s *summary, err error) {
	err = p.sender.Send(ctx, transport.Request{
		Resource: resource, Urgency: insights.Health, Method: http.MethodGet,
		URL: strings.TrimSuffix(p.options.URL, "/") + "/" + resource + ".json",
		Read: func(r *transport.Response) (err error) {
			if s, err = read(r.Body(), p.options.Components); err != nil {
				return &insights.Error{Kind: insights.ErrMalformed, Resource: resource, Status: r.Status, Err: err}
			}
			return nil
		},
	})
	if answer, ok := errors.AsType[*transport.Unauthorized](err); ok {
		// The page takes no credential, so this is something else that answers.
		answer.Leave.Reached()
		failed := *answer.Failed
		failed.Kind = insights.ErrForbidden
		return nil, &failed
	}
	return s, err
}

// Scrape implements fleet.Watched.
func (p *page) Scrape(ctx context.Context, r fleet.Request) []exposition.Part {
	if len(r.Collectors) > 0 && !r.Named && !slices.Contains(r.Collectors, Name) {
		return nil
	}
	var parts []exposition.Part
	b := exposition.NewBuilder()
	for _, v := range p.polls.Scrape(ctx, nil, r.Page) {
		polls.Emit(b, b.Labels(nil), v)
		if v.Reading != nil {
			parts = append(parts, v.Reading.Parts...)
		}
	}
	return append(parts, b.Parts()...)
}

// Close implements fleet.Watched.
func (p *page) Close() {
	p.polls.Close()
	p.sender.Close()
}
