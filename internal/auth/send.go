package auth

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/hold"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

// Send sends a request with the token, and once more when the vendor does not
// accept it and there is another one: tokens can end before their time. Errors
// are of type *insights.Error.
func (s *Source) Send(ctx context.Context, sender *transport.Sender, r transport.Request) error {
	header, subject := r.Header, r.SubTenant+"/"+r.Resource
	for again := false; ; again = true {
		use, err := s.Token(ctx)
		if err != nil {
			return err
		}
		r.Header = http.Header{"Authorization": {"Bearer " + use.Value}}
		maps.Copy(r.Header, header)
		r.Credential = use.Credential
		// Who has answered the exchange knows the secret as well.
		r.Secrets = []string{use.Value, use.secret}
		err = sender.Send(ctx, r)
		switch answer, refused := errors.AsType[*transport.Unauthorized](err); {
		case err == nil:
			s.Accepted(use, subject)
			return nil
		case transport.FromHold(err):
			if errors.Is(err, insights.ErrCredential) {
				if !again && s.replaced(ctx, use) {
					continue
				}
				s.known(use)
			}
			return err
		case !refused:
			if s.Exchange != nil && looked(err) {
				s.Accepted(use, subject)
			}
			return err
		default:
			verdict := s.Judge(ctx, use, subject, again)
			if verdict != Retry {
				return s.told(answer, verdict)
			}
			answer.Leave.Reached()
		}
	}
}

// looked reports whether an error shows that the vendor has accepted the token:
// it would not have looked at the query else. A 403 does not tell.
func looked(err error) bool {
	for _, kind := range []error{insights.ErrMissing, insights.ErrUnlicensed, insights.ErrNoColumn, insights.ErrRefused} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// replaced reports whether the file holds another secret than the one in use,
// which then is in use no more.
func (s *Source) replaced(ctx context.Context, u Use) bool {
	secret, err := s.Process.files.Read(ctx, s.File)
	if err != nil || string(secret.Digest[:]) == u.Credential {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == u.Token {
		s.current = nil
	}
	return true
}

// known takes in that a token was rejected before, perhaps for somebody else who
// has the same.
func (s *Source) known(u Use) {
	s.mu.Lock()
	mine := s.current == u.Token
	if mine {
		s.state.Accepted, s.state.Known = false, true
	}
	s.mu.Unlock()
	if mine {
		s.meter.unusable()
	}
}

// told is a 401 in the light of what is known beside it, with the hold that
// follows from that.
func (s *Source) told(answer *transport.Unauthorized, v Verdict) error {
	failed := *answer.Failed
	refusal := hold.Refusal{Failure: "401"}
	switch v {
	case NotPermitted:
		failed.Kind, failed.Err = insights.ErrForbidden, errors.New("the API accepts the same token for other resources")
		refusal.Scope, refusal.Reason = hold.Query, hold.Refused
	case Unusable:
		failed.Kind, failed.Resource, failed.Err = insights.ErrCredential, TokenResource, s.Unusable
		refusal.Scope, refusal.Reason = hold.Tenant, hold.Rejected
		if s.Exchange == nil {
			refusal.Scope = hold.Credential
		}
	default:
		answer.Leave.Reached()
		failed.Kind, failed.Err = insights.ErrUnavailable, errors.New("the API rejected a new token too")
		return &failed
	}
	kept := failed // what is told from the hold does not change with this one
	refusal.Err = &kept
	failed.Until = answer.Leave.Refused(refusal)
	return &failed
}
