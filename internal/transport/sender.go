// Package transport sends one request to a vendor: after what the vendor has
// asked for and within the budget, again where that can help, and with an
// answer that is bounded in time and size. Its errors are of type
// *insights.Error, whose words are those of any API, and hold no secret.
package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	promconfig "github.com/prometheus/common/config"
	promversion "github.com/prometheus/common/version"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/hold"
	"github.com/prisma-exporter/prisma_exporter/internal/jitter"
	"github.com/prisma-exporter/prisma_exporter/internal/network"
)

const (
	attempts   = 3
	firstRetry = 500 * time.Millisecond
	// longestWait is how long a request waits for the vendor to be asked again.
	longestWait = 35 * time.Second
)

// Options are what a Sender is made of.
type Options struct {
	// Name is who sends, in the budget, in metrics and in logs. Kind says what
	// that is, such as a tenant.
	Name, Kind string
	HTTP       promconfig.HTTPClientConfig
	Process    *Process
	// Budget is that of all who ask the same API.
	Budget *budget.Budget
	// Timeout bounds one request, from its start to the end of its answer.
	Timeout time.Duration
	// Transport takes the place of the network, unless it is nil.
	Transport http.RoundTripper
	Logger    log.Logger
}

// Sender sends the requests of one tenant or company.
type Sender struct {
	Options
	http   *http.Client
	closed context.Context
	end    context.CancelFunc
	once   sync.Once
	// secrets are those of the proxy.
	secrets []string
	retries counter
	calls   calls
	metrics *metrics
}

// calls counts requests.
type calls struct{ all, failed atomic.Int64 }

func (c *calls) note(status int) {
	c.all.Add(1)
	if status != http.StatusOK {
		c.failed.Add(1)
	}
}

// Calls counts the requests so far, and those that were not answered with 200.
func (s *Sender) Calls() (all, failed int) {
	return int(s.calls.all.Load()), int(s.calls.failed.Load())
}

// New returns a Sender. It sends nothing yet.
func New(o Options) (*Sender, error) {
	if o.Transport == nil {
		direct, err := network.Transport(o.HTTP)
		if err != nil {
			return nil, fmt.Errorf("HTTP settings of %s %s: %w", o.Kind, o.Name, err)
		}
		o.Transport = direct
	}
	if o.Process.Record != nil {
		o.Transport = o.Process.Record(o.Kind, o.Transport)
	}
	client := &http.Client{
		Transport: promconfig.NewUserAgentRoundTripper("prisma_exporter/"+promversion.Version, o.Transport),
		// No redirect is followed: a token goes where it was meant to go and
		// nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s := &Sender{Options: o, http: client, secrets: network.Secrets(o.HTTP)}
	s.closed, s.end = context.WithCancel(context.Background())
	s.metrics = o.Process.add(o.Name)
	o.Process.Holds.Changed(o.Name)
	s.metrics.wait.WithLabelValues(s.Name)
	return s, nil
}

// Close ends the requests under way and forgets the metrics. It reports
// whether it was the last Sender of its name.
func (s *Sender) Close() (last bool) {
	s.once.Do(func() {
		s.end()
		s.http.CloseIdleConnections()
		if last = s.Process.remove(s.Name); last {
			s.Budget.Forget(s.Name)
		}
	})
	return last
}

// Request is one request, a POST unless Method says otherwise.
type Request struct {
	// Resource is what is asked for, as errors and metrics name it. SubTenant,
	// Query and Credential are what else tells it from other requests; see
	// hold.Key.
	Resource, SubTenant, Query, Credential string
	Urgency                                insights.Urgency
	Method                                 string
	URL                                    string
	Body                                   []byte
	// Header is beside those that all requests have.
	Header http.Header
	// Token says that it asks for a token, so that a refusal is one of the
	// credential.
	Token bool
	// Secrets are what must not come back in an error.
	Secrets []string
	// Read reads the answer, which is good until it returns. Its error says that
	// the answer is none, and is of type *insights.Error.
	Read func(*Response) error
}

// Key names a request of the Sender where it may be held.
func (s *Sender) Key(r Request) hold.Key {
	return hold.Key{
		Host: hostOf(r.URL), Credential: r.Credential, Tenant: s.Name,
		SubTenant: r.SubTenant, Resource: r.Resource, Query: r.Query,
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// Send makes a request and, where that can help, makes it again. What has HTTP
// status 200 is the answer. Errors are of type *insights.Error and, for a 401
// that is not about a token, *Unauthorized around one.
func (s *Sender) Send(ctx context.Context, r Request) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.closed, cancel)()
	if err := plain(r); err != nil {
		return err
	}
	r.Secrets = slices.Concat(r.Secrets, s.secrets)
	for attempt := 1; ; attempt++ {
		err := s.attempt(ctx, r)
		again, ok := errors.AsType[*retryable](err)
		if !ok {
			return err
		}
		wait := jitter.Around(firstRetry<<(attempt-1), 0.2, jitter.Of(s.retries.next(), s.Name, r.Resource))
		wait = max(wait, time.Until(again.failed.Until))
		if deadline, ok := ctx.Deadline(); wait > longestWait || attempt == attempts || ok && time.Until(deadline) < wait {
			return again.failed
		}
		level.Debug(s.Logger).Log("msg", "Request failed, retrying", "resource", r.Resource, "attempt", attempt, "err", again.failed)
		s.metrics.retries.WithLabelValues(s.Name).Inc()
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return again.failed
		}
	}
}

// retryable is a failure that may pass.
type retryable struct{ failed *insights.Error }

func (r *retryable) Error() string { return r.failed.Error() }
func (r *retryable) Unwrap() error { return r.failed }

// plain refuses to send a credential where others could read it on the way.
func plain(r Request) error {
	u, err := url.Parse(r.URL)
	switch {
	case err != nil:
		err = errors.New("the address is not a URL")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		err = fmt.Errorf("the exporter does not send credentials to %s://%s: use https", u.Scheme, u.Host)
	default:
		return nil
	}
	return &insights.Error{Kind: insights.ErrRefused, Resource: r.Resource, Err: err}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
