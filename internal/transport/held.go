package transport

import (
	"errors"
	"fmt"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/hold"
)

// heldError is what is told from a hold.
type heldError struct{ failed *insights.Error }

func (h *heldError) Error() string { return h.failed.Error() }
func (h *heldError) Unwrap() error { return h.failed }

// FromHold reports whether an error of Send was told from a hold, without asking
// the vendor.
func FromHold(err error) bool {
	_, ok := errors.AsType[*heldError](err)
	return ok
}

// held is the error that is told from a hold.
func held(r Request, err error) error {
	told, ok := errors.AsType[*hold.HeldError](err)
	if !ok {
		return err
	}
	failed := reason(r.Resource, told.Hold)
	failed.Until = told.Next
	return &heldError{failed}
}

// reason is why a resource is not asked for, in the words of the answer that set
// the hold, as far as that is about the resource.
func reason(resource string, h hold.Hold) *insights.Error {
	failed := &insights.Error{Kind: insights.ErrUnavailable, Resource: resource}
	if answer, ok := errors.AsType[*insights.Error](h.Err); ok {
		failed.Status, failed.Code, failed.Message = answer.Status, answer.Code, answer.Message
		if h.Scope != hold.Host {
			failed.Kind, failed.Resource, failed.Err = answer.Kind, answer.Resource, answer.Err
			return failed
		}
	}
	if h.Reason == hold.RateLimited {
		failed.Err = fmt.Errorf("%s received too many calls", h.Key.Host)
	} else {
		failed.Err = fmt.Errorf("%s refuses all queries that worked before, without a reason: the roles may have changed, or it blocks this machine's address; find out what else calls it from here", h.Key.Host)
	}
	return failed
}

// Held is something that is not asked for, and why.
type Held struct {
	// SubTenant is whose query it is, where it is but one.
	SubTenant string
	Reason    string
	// Until is when it is tried, which may be over if nobody has asked since.
	Until time.Time
}

// Held is what the Sender does not ask for now, the widest first.
func (s *Sender) Held() []Held {
	var all []Held
	for _, h := range s.Process.Holds.Of(s.Name) {
		all = append(all, Held{h.Key.SubTenant, reason("all resources", h).Error(), h.Until})
	}
	return all
}
