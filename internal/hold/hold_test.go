package hold

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

var errAnswer = errors.New("HTTP 403 (REST10003)")

// bench is a book and what asks by it.
type bench struct {
	*Book
	t    *testing.T
	logs logtest.Buffer
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t}
	b.Book = NewBook(log.NewLogfmtLogger(&b.logs))
	return b
}

// key is a query of tenant "acme" unless fields say otherwise.
func key(resource string, change ...func(*Key)) Key {
	k := Key{Host: "api", Credential: "c", Tenant: "acme", Resource: resource, Query: "q"}
	for _, c := range change {
		c(&k)
	}
	return k
}

func of(tenant string) func(*Key) { return func(k *Key) { k.Tenant = tenant } }

// leave is leave to ask, which there has to be without a wait.
func (b *bench) leave(k Key, urgent ...bool) *Leave {
	b.t.Helper()
	start := time.Now()
	l, err := b.Enter(b.t.Context(), k, len(urgent) > 0)
	if err != nil || time.Since(start) > 0 {
		b.t.Fatalf("after %v: %v", time.Since(start), err)
	}
	return l
}

// answered asks, with a good answer.
func (b *bench) answered(k Key) {
	b.t.Helper()
	b.leave(k).Answered()
}

// refused asks, with an answer that sets a hold.
func (b *bench) refused(k Key, r Refusal, urgent ...bool) {
	b.t.Helper()
	r.Err = errAnswer
	b.leave(k, urgent...).Refused(r)
}

// held wants a hold, and returns how long it lasts.
func (b *bench) held(k Key, urgent ...bool) time.Duration {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	cancel()
	l, err := b.Enter(ctx, k, len(urgent) > 0)
	told, ok := errors.AsType[*HeldError](err)
	if !ok || !errors.Is(err, errAnswer) {
		if l != nil {
			l.Return()
		}
		b.t.Fatalf("%v is not held: %v", k, err)
	}
	return time.Until(told.Next)
}

// free wants no hold.
func (b *bench) free(k Key) {
	b.t.Helper()
	b.leave(k, true).Return()
}

// TestAHoldIsAsFineAsItsEvidence: what each scope holds, and what it does not.
func TestAHoldIsAsFineAsItsEvidence(t *testing.T) {
	others := map[string]Key{
		"another host":       key("a", func(k *Key) { k.Host = "other" }),
		"another credential": key("a", func(k *Key) { k.Credential = "new" }),
		"another tenant":     key("a", of("other")),
		"another sub-tenant": key("a", func(k *Key) { k.SubTenant = "7" }),
		"another resource":   key("b"),
		"another query":      key("a", func(k *Key) { k.Query = "r" }),
	}
	for scope, held := range map[Scope][]string{
		Host:       {"another credential", "another tenant", "another sub-tenant", "another resource", "another query"},
		Credential: {"another tenant", "another sub-tenant", "another resource", "another query"},
		Tenant:     {"another sub-tenant", "another resource", "another query"},
		Query:      nil,
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.refused(key("a"), Refusal{Scope: scope, Reason: Rejected})
			b.held(key("a"))
			for name, k := range others {
				if strings.Contains(fmt.Sprint(held), name) {
					b.held(k)
				} else {
					b.free(k)
				}
			}
		})
	}
}

// TestWhatIsToldLengthensNothing: whoever asks meanwhile, and however often.
func TestWhatIsToldLengthensNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		start := time.Now()
		b.refused(key("a"), Refusal{Scope: Credential, Reason: Rejected})
		for time.Since(start) < spacing {
			for i := range 40 {
				if left := b.held(key("b", of(fmt.Sprint("tenant-", i))), true); left != spacing-time.Since(start) {
					t.Fatalf("after %v it lasts %v more", time.Since(start), left)
				}
			}
			time.Sleep(time.Second)
		}
		b.leave(key("b", of("tenant-1")), true).Answered()
		b.free(key("a"))
	})
}

// TestOneAskEndsAHold: alerts first, one at a time, and the others wait for it.
func TestOneAskEndsAHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.refused(key("a"), Refusal{Scope: Host, Reason: RateLimited, After: 20 * time.Second})
		var trying, most atomic.Int64
		var first atomic.Value
		var wg sync.WaitGroup
		for i := range 600 {
			wg.Go(func() {
				k := key(fmt.Sprint("r", i%7), of(fmt.Sprint("tenant-", i)))
				l, err := b.Enter(t.Context(), k, i%7 == 3)
				if err != nil {
					t.Error(err)
					return
				}
				if most.Load() == 0 {
					first.CompareAndSwap(nil, k.Resource)
				}
				if first.Load() == k.Resource && len(l.trials) > 0 {
					most.Store(max(most.Load(), trying.Add(1)))
					time.Sleep(3 * time.Second)
					trying.Add(-1)
				}
				l.Answered()
			})
		}
		wg.Wait()
		if most.Load() != 1 || first.Load() != "r3" {
			t.Errorf("%d tried at once, the first asked for %v", most.Load(), first.Load())
		}
	})
}

// TestLengths: a minute for what is at stake, up to an hour for what never was.
func TestLengths(t *testing.T) {
	for name, c := range map[string]struct {
		answered bool
		urgent   []bool
		want     []int // minutes between asks
	}{
		"never answered":          {want: []int{1, 1, 2, 4, 8, 16, 32, 60, 60, 60}},
		"alerts, never answered":  {urgent: []bool{true}, want: []int{1, 1, 1, 1, 1, 1, 1, 1}},
		"answered a moment ago":   {answered: true, want: []int{1, 1, 1, 1, 1, 1, 1, 1}},
		"answered long ago (1 h)": {answered: true, want: append(ones(60), 1, 1, 2, 4, 8, 16, 32, 60)},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			if c.answered {
				b.answered(key("a"))
			}
			for i, want := range c.want {
				b.refused(key("a"), Refusal{Scope: Query, Reason: Refused, Failure: "404"}, c.urgent...)
				got := b.held(key("a"), c.urgent...)
				if got.Round(time.Minute) != time.Duration(want)*time.Minute {
					t.Fatalf("%s: hold %d lasts %v, want %d minutes", name, i, got, want)
				}
				time.Sleep(got)
			}
		})
	}
}

func ones(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = 1
	}
	return all
}

// TestDifferentFailuresShareNoCount: another failure begins anew.
func TestDifferentFailuresShareNoCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for range 6 {
			b.refused(key("a"), Refusal{Scope: Query, Reason: Refused, Failure: "404"})
			time.Sleep(b.held(key("a")))
		}
		b.refused(key("a"), Refusal{Scope: Query, Reason: Refused, Failure: "403 REST10005"})
		if got := b.held(key("a")); got != spacing {
			t.Errorf("the first of another failure holds for %v", got)
		}
	})
}

// TestRetryAfterIsKept: by everything, answers to what was asked before
// included.
func TestRetryAfterIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		before := b.leave(key("b"))
		b.refused(key("a"), Refusal{Scope: Host, Reason: RateLimited, After: 5 * time.Minute})
		before.Answered()
		if before.Stands() {
			t.Error("it may go out still")
		}
		if left := b.held(key("a"), true); left != 5*time.Minute {
			t.Errorf("held for %v", left)
		}
		time.Sleep(5 * time.Minute)
		// The trial is answered, and meanwhile what was asked before it is
		// told to wait once more.
		trial := b.leave(key("a"), true)
		late := &Leave{book: b.Book, key: key("c")}
		late.Refused(Refusal{Scope: Host, Reason: RateLimited, After: 2 * time.Minute, Err: errAnswer})
		trial.Answered()
		if left := b.held(key("a"), true); left != 2*time.Minute {
			t.Errorf("held for %v after another word", left)
		}
	})
}

// TestAnAnswerIsOfItsOwnQuery: what a sub-tenant is answered is not at stake for
// another one.
func TestAnAnswerIsOfItsOwnQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		bad := key("a", func(k *Key) { k.SubTenant = "bad" })
		var last time.Duration
		for range 7 {
			b.answered(key("a", func(k *Key) { k.SubTenant = "good" }))
			b.refused(bad, Refusal{Scope: Query, Reason: Refused, Failure: "403", Bare: true})
			last = b.held(bad)
			time.Sleep(last)
		}
		if last < 30*time.Minute {
			t.Errorf("what was never answered is held for %v after the seventh time", last)
		}
	})
}

// TestRetryAfterOfARefusal: whatever else an answer says, it is not asked sooner
// than it wants.
func TestRetryAfterOfARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, reason := range []Reason{Busy, Refused, Rejected} {
			b := newBench(t)
			b.refused(key("a"), Refusal{Scope: Query, Reason: reason, After: 7 * time.Minute}, true)
			if left := b.held(key("a"), true); left != 7*time.Minute {
				t.Errorf("%s: held for %v", reason, left)
			}
		}
	})
}

// TestWhoWasRefusedIsNotTheFirstToTry: its refusal may be about itself alone.
func TestWhoWasRefusedIsNotTheFirstToTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.refused(key("bad"), Refusal{Scope: Credential, Reason: Rejected})
		time.Sleep(spacing)
		b.held(key("bad"), true)
		b.leave(key("good"), true).Answered()
		b.free(key("bad"))
	})
}

// TestACodedRefusalShowsThatTheRestIsWell: it ends what is wider, and is no
// evidence of a block.
func TestACodedRefusalShowsThatTheRestIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.refused(key("a"), Refusal{Scope: Host, Reason: RateLimited, After: time.Minute})
		time.Sleep(time.Minute)
		b.refused(key("b"), Refusal{Scope: Query, Reason: Refused, Failure: "403 REST10003"}, true)
		b.free(key("c"))
		b.held(key("b"))
	})
}

// TestTheLog has a line at the start and one at the end of each hold, and
// nothing of a credential.
func TestTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for range 5 {
			b.refused(key("a", func(k *Key) { k.Credential = "secret" }), Refusal{Scope: Tenant, Reason: Rejected}, true)
			time.Sleep(spacing + othersFirst)
		}
		b.leave(key("a", func(k *Key) { k.Credential = "secret" }), true).Answered()
		lines := strings.Split(strings.TrimSpace(b.logs.String()), "\n")
		if len(lines) != 2 || !strings.Contains(lines[0], "level=info") || !strings.Contains(lines[0], "scope=tenant reason=rejected tenant=acme") ||
			!strings.Contains(lines[0], `err="HTTP 403 (REST10003)"`) || !strings.Contains(lines[1], `why="it answers"`) || strings.Contains(b.logs.String(), "secret") {
			t.Errorf("the log is\n%s", &b.logs)
		}
	})
}

// TestNothingIsLeft of what nobody asks for any more, nor of a tenant that is
// gone.
func TestNothingIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 1000 {
			b.refused(key(fmt.Sprint("r", i)), Refusal{Scope: Query, Reason: Refused})
			b.answered(key(fmt.Sprint("s", i)))
			time.Sleep(time.Minute)
		}
		if len(b.holds) > 12 || len(b.answers()) > 182 {
			t.Errorf("%d holds and %d answers are remembered", len(b.holds), len(b.answers()))
		}
		b.Forget("acme")
		if len(b.holds)+len(b.Book.answered)+len(b.tenants) != 0 || len(b.hosts["api"].proved) != 0 {
			t.Errorf("left: %v %v %v", b.holds, b.Book.answered, b.tenants)
		}
	})
}

// answers are when queries of the tenant of these tests were answered.
func (b *bench) answers() map[Key]time.Time { return b.Book.answered["acme"] }

// TestABlockDoesNotLastForEver: what is still refused after that is a matter of
// permissions.
func TestABlockDoesNotLastForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		resources := []string{"a", "b", "c", "d"}
		for _, r := range resources {
			b.answered(key(r))
		}
		blocked := func() bool { return len(b.Of("acme")) > 0 && b.Of("acme")[0].Scope == Host }
		for start := time.Now(); time.Since(start) < longestBlock+2*spacing; time.Sleep(spacing) {
			for _, r := range resources {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				if l, err := b.Enter(ctx, key(r), true); err == nil {
					l.Refused(Refusal{Scope: Query, Reason: Refused, Failure: "403", Bare: true, Err: errAnswer})
				}
				cancel()
			}
			if d := time.Since(start); blocked() != (d < longestBlock) && d != longestBlock {
				t.Fatalf("after %v blocked is %t", d, blocked())
			}
		}
	})
}
