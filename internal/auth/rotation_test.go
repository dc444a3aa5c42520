package auth

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// TestRotation replaces the key in each of these ways.
func TestRotation(t *testing.T) {
	for name, write := range authtest.Rotations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "key")
				write(t, path, "key-0")
				b := newSourceBench(t, path)
				for i := range 20 {
					key := "key-" + string(rune('a'+i))
					current, err := b.Token(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					b.Accepted(current, "r")
					b.accept(key)
					// The old key and its token die; the new key comes
					// half a minute later.
					if b.Judge(t.Context(), current, "r", false) != Retry {
						t.Error("a token that died is not replaced")
					}
					for range 3 {
						if _, err := b.Token(t.Context()); !errors.Is(err, insights.ErrCredential) {
							t.Errorf("between the keys: %v", err)
						}
						time.Sleep(10 * time.Second)
					}
					write(t, path, key)
					got, err := b.Token(t.Context())
					if err != nil || got.Value != "token of "+key {
						t.Errorf("rotation %d: %v, %v", i, got, err)
					}
				}
			})
		})
	}
}

// TestASecretReplacedInFlight: a rejection is about the secret that was sent, and
// the file has another by then.
func TestASecretReplacedInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := authtest.WriteKey(t, "", "old")
		b := newSourceBench(t, path)
		b.fail = func(key string) error {
			if key == "old" {
				authtest.WriteKey(t, path, "new")
				return errRejected
			}
			return nil
		}
		if got, err := b.Token(t.Context()); err != nil || got.Value != "token of new" || b.calls() != 2 {
			t.Errorf("after %d exchanges: %v, %v", b.calls(), got, err)
		}
	})
}
