// Package authtest has what tests of a client need: key files and how they are
// replaced, tokens, and an API within the process.
package authtest

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// WriteKey writes a key file in one step and returns its path, a new one for none.
func WriteKey(t testing.TB, path, key string) string {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "key")
	}
	next := path + ".next"
	if err := errors.Join(os.WriteFile(next, []byte(key), 0o600), os.Rename(next, path)); err != nil {
		t.Fatal(err)
	}
	return path
}

// Rotations are the ways in which people and tools replace a key.
var Rotations = map[string]func(t *testing.T, path, key string){
	"rewrite": func(t *testing.T, path, key string) {
		if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	},
	"rename": func(t *testing.T, path, key string) { WriteKey(t, path, key) },
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

// Token is a JSON Web Token with the given claims, as JSON.
func Token(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS256"}`)) + "." + part([]byte(claims)) + ".c2lnbmF0dXJl"
}

// API is an API within the process.
type API func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (a API) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	return a(r)
}

// Reply is an answer with headers given as name, value, name, value.
func Reply(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{
		StatusCode: status, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}
