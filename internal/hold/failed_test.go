package hold

import (
	"testing"
	"testing/synctest"
	"time"
)

// until waits until one may ask, which ends a hold if its answer is good.
func (b *bench) until(k Key) *Leave {
	b.t.Helper()
	time.Sleep(b.held(k, true))
	return b.leave(k, true)
}

// TestAFailureIsNoReasonNotToAsk: a host that answers one tenant with HTTP 500,
// or with what nobody can read, wants no fewer calls of the others, and refuses
// nobody any more.
func TestAFailureIsNoReasonNotToAsk(t *testing.T) {
	for reason, after := range map[Reason]time.Duration{RateLimited: 5 * time.Minute, AllRefused: 0} {
		t.Run(string(reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.refused(key("alerts"), Refusal{Scope: Host, Reason: reason, After: after}, true)
				b.until(key("locations")).Failed()
				b.free(key("alerts", of("other")))
			})
		})
	}
}

// TestAnAnswerThatIsNoRateLimit: a query that the vendor wants time for, or that
// it refuses, with or without a word why, holds that query and nobody else.
func TestAnAnswerThatIsNoRateLimit(t *testing.T) {
	for name, r := range map[string]Refusal{
		"503 with Retry-After": {Scope: Query, Reason: Busy, After: 3 * time.Minute},
		"403":                  {Scope: Query, Reason: Refused, Bare: true},
		"403 with a code":      {Scope: Query, Reason: Refused},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.refused(key("alerts"), Refusal{Scope: Host, Reason: RateLimited, After: 5 * time.Minute}, true)
				r.Err = errAnswer
				b.until(key("alerts")).Refused(r)
				b.free(key("alerts", of("other")))
				if left := b.held(key("alerts"), true); left != max(r.After, spacing) {
					t.Errorf("the query itself is held for %v", left)
				}
			})
		})
	}
}

// TestAMissingPermissionIsNoBlock: what was refused while other queries were
// answered is no evidence that the host refuses everybody still.
func TestAMissingPermissionIsNoBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		bare := Refusal{Scope: Query, Reason: Refused, Failure: "403", Bare: true, Err: errAnswer}
		all := []Key{key("forbidden"), key("b"), key("c"), key("d", of("other"))}
		for _, k := range all {
			b.answered(k)
		}
		b.refused(all[0], bare)
		b.answered(all[1])
		for _, k := range all[1:] {
			b.refused(k, bare)
		}
		if holds := b.Of("other"); len(holds) != 2 || holds[0].Reason != AllRefused {
			t.Fatalf("the holds are %v", holds)
		}
		b.until(all[0]).Refused(bare)
		b.leave(key("e", of("other")), true).Answered()
		b.free(key("e"))
	})
}

// TestWhoIsRefusedByABlockIsNotTheFirstToTry: a permission may have gone
// meanwhile, and the refusal be about that.
func TestWhoIsRefusedByABlockIsNotTheFirstToTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.refused(key("a"), Refusal{Scope: Host, Reason: AllRefused}, true)
		time.Sleep(spacing)
		b.held(key("a"), true)
		b.free(key("a", of("other")))
	})
}

// TestATrialThatSaysNothing: no answer costs nobody the next one. One that is
// not about the hold costs a minute whoever got it, and others nothing.
func TestATrialThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.refused(key("a"), Refusal{Scope: Credential, Reason: Rejected})
		time.Sleep(spacing + othersFirst)
		b.leave(key("b"), true).Return() // a refused connection
		b.leave(key("c"), true).Failed() // HTTP 500
		if left := b.held(key("c"), true); left != spacing {
			t.Errorf("held for %v", left)
		}
		// The vendor wants fewer calls, which is not about the credential.
		b.leave(key("b", of("other")), true).Refused(Refusal{Scope: Host, Reason: RateLimited, After: leastPause, Err: errAnswer})
		b.until(key("b", of("third"))).Answered()
		b.free(key("c"))
	})
}

// TestWhoFailsIsNotForgotten: a hold that is tried in vain is one that somebody
// asks for, however long that goes on.
func TestWhoFailsIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.refused(key("a"), Refusal{Scope: Credential, Reason: Rejected})
		time.Sleep(spacing + othersFirst)
		for range 20 {
			b.leave(key("a"), true).Failed()
			time.Sleep(spacing)
		}
		if len(b.Of("acme")) != 1 {
			t.Errorf("the log is\n%s", &b.logs)
		}
	})
}
