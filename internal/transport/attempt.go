package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/budget"
	"github.com/prisma-exporter/prisma_exporter/internal/hold"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// counter numbers draws.
type counter struct{ n atomic.Int64 }

func (c *counter) next() int { return int(c.n.Add(1)) }

// attempt makes a request once.
func (s *Sender) attempt(ctx context.Context, r Request) error {
	leave, call, err := s.admit(ctx, r)
	if err != nil {
		return err
	}
	keep := false
	defer func() {
		if !keep {
			leave.Return() // if nothing else has ended it
		}
	}()
	response, err := s.call(ctx, r, leave, call)
	if err != nil {
		_, keep = errors.AsType[*Unauthorized](err)
		return err
	}
	defer response.release()
	if err := r.Read(response); err != nil {
		leave.Failed()
		return err
	}
	leave.Answered()
	return nil
}

// call sends a request and reads the whole answer, which ends the call.
func (s *Sender) call(ctx context.Context, r Request, leave *hold.Leave, call *budget.Call) (*Response, error) {
	defer call.Done()
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	start := time.Now()
	status, response, err := s.roundTrip(ctx, r, leave)
	s.calls.note(status)
	s.metrics.observe(s.Name, r.Resource, status, time.Since(start))
	level.Debug(s.Logger).Log("msg", "Called the API", "resource", r.Resource, "status", status,
		"duration_seconds", time.Since(start).Seconds(), "err", err)
	return response, err
}

// admit waits until a request may go out. A hold may be set while it waits for
// its share of the budget; it then waits for both again.
func (s *Sender) admit(ctx context.Context, r Request) (*hold.Leave, *budget.Call, error) {
	for {
		leave, err := s.Process.Holds.Enter(ctx, s.Key(r), r.Urgency == insights.Alerts)
		if err != nil {
			return nil, nil, held(r, err)
		}
		start := time.Now()
		var call *budget.Call
		if err = leave.Await(ctx); err == nil {
			call, err = s.Budget.Acquire(ctx, s.Name, budget.Priority(r.Urgency))
		}
		s.metrics.wait.WithLabelValues(s.Name).Add(time.Since(start).Seconds())
		if err != nil {
			leave.Return()
			return nil, nil, &insights.Error{
				Kind: insights.ErrUnavailable, Resource: r.Resource,
				Err: fmt.Errorf("%w: %w", insights.ErrBudget, err),
			}
		}
		if leave.Stands() {
			return leave, call, nil
		}
		call.Unused()
		leave.Return()
	}
}

func (s *Sender) roundTrip(ctx context.Context, r Request, leave *hold.Leave) (int, *Response, error) {
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodPost), r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return 0, nil, &insights.Error{Kind: insights.ErrRefused, Resource: r.Resource, Err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	maps.Copy(req.Header, r.Header)
	resp, err := s.http.Do(req)
	if err != nil {
		return 0, nil, unreached(ctx, r, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, nil, s.refusal(r, resp, leave)
	}
	response, err := s.read(ctx, r, resp)
	return resp.StatusCode, response, err
}

// read reads an answer under HTTP 200.
func (s *Sender) read(ctx context.Context, r Request, resp *http.Response) (*Response, error) {
	// Looked at before the body is, of which no byte is worth having then.
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, malformed(r, resp, "the answer is encoded as %.20q, which was not asked for", redact.Short(encoding, r.Secrets...))
	}
	response := newResponse(s.Process.memory, s.Name, r.Secrets)
	response.Status = resp.StatusCode
	response.Date, _ = http.ParseTime(resp.Header.Get("Date"))
	err := response.readFrom(resp.Body, resp.ContentLength)
	if err == nil {
		return response, nil
	}
	response.release()
	switch {
	case errors.Is(err, errTooLong):
		return nil, malformed(r, resp, "the answer is longer than %d bytes", maxBody)
	case errors.Is(err, errNoRoom):
		return nil, &retryable{&insights.Error{Kind: insights.ErrUnavailable, Resource: r.Resource, Status: resp.StatusCode, Err: err}}
	}
	return nil, unreached(ctx, r, fmt.Errorf("the answer ended early: %w", err))
}

func malformed(r Request, resp *http.Response, format string, args ...any) error {
	return &insights.Error{Kind: insights.ErrMalformed, Resource: r.Resource, Status: resp.StatusCode, Err: fmt.Errorf(format, args...)}
}
