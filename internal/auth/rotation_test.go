package auth

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// rotations are the ways in which people and tools replace a key.
var rotations = map[string]func(t *testing.T, path, key string){
	"rewrite": func(t *testing.T, path, key string) {
		if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	},
	"rename": func(t *testing.T, path, key string) { writeKey(t, path, key) },
	"kubernetes": func(t *testing.T, path, key string) {
		// path → ..data/key, ..data → a folder, and ..data is swapped.
		dir := filepath.Dir(path)
		folder, err := os.MkdirTemp(dir, "..version")
		if err != nil {
			t.Fatal(err)
		}
		tmp := filepath.Join(dir, "..data_tmp")
		err = errors.Join(os.WriteFile(filepath.Join(folder, "key"), []byte(key), 0o600),
			os.Symlink(folder, tmp), os.Rename(tmp, filepath.Join(dir, "..data")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); err != nil {
			if err := os.Symlink(filepath.Join("..data", "key"), path); err != nil {
				t.Fatal(err)
			}
		}
	},
}

// TestRotation replaces the key in each of these ways.
func TestRotation(t *testing.T) {
	for name, write := range rotations {
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
