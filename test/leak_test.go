package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestEchoedCredentials: an API, or what stands in its place, that sends the
// credential back gets it into no log and onto no page.
func TestEchoedCredentials(t *testing.T) {
	onlyReads(t)
	t.Parallel()
	secretOf := func(r *http.Request) string {
		_, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if _, password, ok := r.BasicAuth(); ok && r.Header.Get("X-Echo-As") == "password" {
			return password
		}
		return secret
	}
	refuse := func(status int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			s := secretOf(r)
			_ = json.NewEncoder(w).Encode(map[string]any{"errorCode": s, "message": "no " + s, "details": s + s})
		}
	}
	answer := func(format string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(strings.ReplaceAll(format, "SECRET", secretOf(r))))
		}
	}
	raw := func(format string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, strings.ReplaceAll(format, "SECRET", secretOf(r)))
		}
	}
	redirect := func(to string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Location"] = []string{strings.ReplaceAll(to, "SECRET", secretOf(r))}
			w.WriteHeader(http.StatusFound)
		}
	}
	acts := map[string]func(http.ResponseWriter, *http.Request){
		"400": refuse(400), "401": refuse(401), "403": refuse(403), "404": refuse(404), "429": refuse(429), "500": refuse(500),
		"redirect":           redirect("https://SECRET.example/SECRET"),
		"no URL":             redirect("http://[SECRET"),
		"error under 200":    answer(`{"header":{"requestId":"SECRET"},"errorCode":"SECRET","message":"SECRET"}`),
		"member":             answer(`{"header":{"requestId":"SECRET"},"data":[{"SECRET":tru}]}`),
		"request ID":         answer(`{"header":{"requestId":"SECRET"},"data":null}`),
		"other encoding":     raw("HTTP/1.1 200 OK\r\nContent-Encoding: SECRET\r\n\r\nx"),
		"header line":        raw("HTTP/1.1 200 OK\r\nX-Echo SECRET\r\n\r\n"),
		"status line":        raw("SECRET SECRET\r\n\r\n"),
		"length":             raw("HTTP/1.1 200 OK\r\nContent-Length: SECRET\r\n\r\n"),
		"transfer encoding":  raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: SECRET\r\n\r\n"),
		"answer is a secret": answer(`SECRET`),
	}
	for _, name := range slices.Sorted(maps.Keys(acts)) {
		for _, credential := range []string{"key", "token", "password", "user and password"} {
			t.Run(name+", "+credential, func(t *testing.T) {
				simulate(t, func(t *testing.T) { testEcho(t, credential, acts[name]) })
			})
		}
	}
}

// testEcho has every call with a kind of credential answered with it.
func testEcho(t *testing.T, credential string, act http.HandlerFunc) {
	args, path := only("rn_list"), map[string]string{"key": "/jwt/", "token": "/resource/"}[credential]
	if path == "" {
		args, path = append(args, "--prisma.api=v3"), "/oauth2/"
	}
	b := newTrustBench(t, nil, args...)
	b.wire.setEcho(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, path) {
			return false
		}
		r.Header.Set("X-Echo-As", credential)
		act(w, r)
		return true
	})
	b.scrape()
	for _, path := range []string{"/", "/-/healthy", "/-/ready", "/metrics?collect[]=alerts", "/metrics?collect[]=nothing", "/nowhere"} {
		_, page := b.get(path)
		b.noLeak("page "+path, string(page))
	}
	b.noLeak("log", b.logs.String())
	if text := b.logs.String(); !strings.Contains(text, "level=error") && !strings.Contains(text, "level=warn") {
		t.Error("nothing went wrong")
	}
}

// TestCredentialsAsRows: a credential that an answer has for a name, in whatever
// form, becomes no label.
func TestCredentialsAsRows(t *testing.T) {
	simulate(t, func(t *testing.T) {
		b := newTrustBench(t, nil, only("rn_list")...)
		b.wire.setEcho(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/rn_list") {
				return false
			}
			_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			_ = json.NewEncoder(w).Encode(map[string]any{"header": map[string]any{"requestId": token}, "data": []map[string]any{
				{"site_name": token, "site_state_name": "Up", "edge_location_display_name": "US East"},
				{"site_name": "key " + b.key(), "site_state_name": "Up", "edge_location_display_name": url.QueryEscape(b.key())},
				{"site_name": strings.ToUpper(b.key()), "site_state_name": "Down", "edge_location_display_name": strings.Join(strings.Split(b.key(), ""), "\u200b")},
			}})
			return true
		})
		families := b.scrape() // which looks for credentials
		states := values(families, "prisma_access_site_state", "site", "location", "state")
		for _, want := range []string{"[redacted] US East up", "key [redacted] [redacted] up", "[redacted] [redacted] down"} {
			if states[want] != 1 {
				t.Errorf("%s is %v of %v", want, states[want], states)
			}
		}
		b.noLeak("log", b.logs.String())
	})
}
