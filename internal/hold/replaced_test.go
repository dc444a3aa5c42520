package hold

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func with(credential string) func(*Key) { return func(k *Key) { k.Credential = credential } }

// TestAHoldOfAReplacedCredentialEnds: the first good answer to the same query
// with another credential ends it, whatever its scope.
func TestAHoldOfAReplacedCredentialEnds(t *testing.T) {
	for _, scope := range []Scope{Query, Tenant, Credential} {
		t.Run(scope.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.refused(key("a"), Refusal{Scope: scope, Reason: Rejected})
				time.Sleep(time.Second)
				// Another resource may have a credential of its own.
				b.answered(key("b", with("new")))
				if holds := b.Of("acme"); len(holds) != 1 {
					t.Fatalf("an answer to another query leaves the holds %v", holds)
				}
				b.answered(key("a", with("new")))
				if holds := b.Of("acme"); len(holds) > 0 {
					t.Fatalf("the query is answered, and held: %v", holds)
				}
				b.Each(func(tenant string, h Hold) { t.Errorf("tenant %s is under %v", tenant, h) })
				if logs := b.logs.String(); !strings.Contains(logs, `why="the credential has changed"`) {
					t.Errorf("the log does not say why the hold has ended:\n%s", logs)
				}
			})
		})
	}
}

// TestAReplacedCredentialOfOneIsNotThatOfAll: who still has it is still held,
// and so is whoever asked the same for itself.
func TestAReplacedCredentialOfOneIsNotThatOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.answered(key("a", of("other")))
		b.refused(key("b", of("other")), Refusal{Scope: Query, Reason: Refused})
		b.refused(key("a"), Refusal{Scope: Credential, Reason: Rejected})
		b.answered(key("a", with("new")))
		b.answered(key("b", with("new")))
		if holds := b.Of("acme"); len(holds) > 0 {
			t.Errorf("acme has another credential, and is held: %v", holds)
		}
		if holds := b.Of("other"); len(holds) != 2 {
			t.Errorf("the other has the old credential and the holds %v", holds)
		}
		b.held(key("a", of("other")))
		b.answered(key("a", of("other"), with("new")))
		if holds := b.Of("other"); len(holds) != 1 || holds[0].Scope != Query {
			t.Errorf("the other has a new credential as well and the holds %v", holds)
		}
	})
}
