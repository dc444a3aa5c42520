package hold

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestAChangedConfigurationEndsRefusals, of that tenant alone, and not what the
// vendor wants in time.
func TestAChangedConfigurationEndsRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.refused(key("refused"), Refusal{Scope: Query, Reason: Refused})
		b.refused(key("busy"), Refusal{Scope: Query, Reason: Busy, After: time.Minute})
		b.refused(key("refused", of("other")), Refusal{Scope: Query, Reason: Refused})
		b.refused(key("all", with("d")), Refusal{Scope: Tenant, Reason: Rejected})
		b.Changed("acme")
		b.free(key("refused"))
		b.free(key("all", with("d")))
		b.held(key("busy"))
		b.held(key("refused", of("other")))
	})
}

// TestFewRefusalsAreNoBlock: it takes three queries that were answered before to
// take refusals without a word why for a matter of the host.
func TestFewRefusalsAreNoBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for _, resource := range []string{"a", "b", "c", "other"} {
			b.answered(key(resource))
		}
		bare := Refusal{Scope: Query, Reason: Refused, Bare: true}
		b.refused(key("a"), bare)
		b.refused(key("b"), bare)
		b.free(key("other"))
		b.refused(key("c"), bare)
		b.held(key("other"))
	})
}

// TestNobodyIsReleasedAsAHerd: after a hold of a host asks come one by one for a
// minute, alerts apart from the rest.
func TestNobodyIsReleasedAsAHerd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.refused(key("alerts"), Refusal{Scope: Host, Reason: RateLimited, After: 10 * time.Second}, true)
		time.Sleep(10 * time.Second)
		b.leave(key("alerts"), true).Answered()
		b.waits(key("alerts"), 0, true)
		for n := range time.Duration(4) {
			b.waits(key("rest"), n*200*time.Millisecond)
		}
		b.waits(key("alerts"), 200*time.Millisecond, true)
		time.Sleep(time.Minute)
		b.waits(key("rest"), 0)
	})
}

// waits asks, and wants the ask to go out after a time, for which nobody waits.
func (b *bench) waits(k Key, want time.Duration, urgent ...bool) {
	b.t.Helper()
	l := b.leave(k, urgent...)
	if got := max(time.Until(l.at), 0); got != want {
		b.t.Errorf("%s goes out after %s, want %s", k.Resource, got, want)
	}
	l.Return()
}
