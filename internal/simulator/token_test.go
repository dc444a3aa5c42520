package simulator

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const countUsers = `{"count": 5}`

func TestTokenIsAJWTOfFifteenMinutes(t *testing.T) {
	b := newBench(t, Options{})
	parts := strings.Split(b.token, ".")
	if len(parts) != 3 {
		t.Fatalf("token %q has %d parts", b.token, len(parts))
	}
	payload, err := base64url.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Iat, Exp int64 }
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatal(err)
	}
	if c.Iat != startOfTests.Unix() || c.Exp-c.Iat != 900 {
		t.Errorf("iat %d exp %d", c.Iat, c.Exp)
	}
}

func TestTokenRefusals(t *testing.T) {
	b := newBench(t, Options{})
	for name, c := range map[string]struct{ tenant, authorization string }{
		"wrong key":      {"t1", "ApiKey other"},
		"no key":         {"t1", ""},
		"wrong scheme":   {"t1", "Bearer first-key"},
		"scheme's case":  {"t1", "apikey first-key"},
		"unknown tenant": {"t2", "ApiKey first-key"},
	} {
		if w := b.call("POST", "/api/sase/v1.0/jwt/tenant/"+c.tenant, c.authorization, ""); w.Code != 401 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestTokenLife(t *testing.T) {
	b := newBench(t, Options{TokenLifetime: time.Minute})
	b.clock.advance(59 * time.Second)
	if w := b.post("connected_user_count", countUsers); w.Code != 200 {
		t.Fatalf("before the end: %d %s", w.Code, w.Body)
	}
	b.clock.advance(time.Second)
	if w := b.post("connected_user_count", countUsers); w.Code != 401 {
		t.Errorf("after the end: %d", w.Code)
	}
}

func TestForeignTokens(t *testing.T) {
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1"}, {ID: "t2"}}})
	elsewhere := newBench(t, Options{Tenants: []Tenant{{ID: "t1"}, {ID: "t2"}}})
	body, signature, _ := strings.Cut(b.token[len(jwtHeader)+1:], ".")
	unsigned := base64url.EncodeToString([]byte(`{"alg":"none"}`))
	for name, c := range map[string]struct {
		authorization string
		want          int
	}{
		"another simulator's": {"Bearer " + elsewhere.token, 401},
		"another tenant's":    {"Bearer " + b.exchange("t2", b.sim.Key("t2")), 403},
		"unsigned":            {"Bearer " + unsigned + "." + body + ".", 401},
		"changed":             {"Bearer " + jwtHeader + "." + body + "x." + signature, 401},
		"wrong scheme":        {"ApiKey " + b.token, 401},
		"no JWT":              {"Bearer abc", 401},
		"nothing":             {"", 401},
		"its own":             {"Bearer " + b.token, 200},
	} {
		if w := b.call("POST", pathOf("connected_user_count"), c.authorization, countUsers); w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
}

func TestGenerateKey(t *testing.T) {
	for _, outlive := range []bool{false, true} {
		file := filepath.Join(t.TempDir(), "key")
		b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", KeyFile: file}}, TokensOutliveKeys: outlive})
		old := b.sim.Key("t1")
		key, err := b.sim.GenerateKey("t1")
		if err != nil {
			t.Fatal(err)
		}
		if written, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(written)) != key {
			t.Errorf("key file %q (%v), want %q", written, err, key)
		}
		if b.exchange("t1", old) != "" {
			t.Error("the old key still works")
		}
		if b.exchange("t1", key) == "" {
			t.Error("the new key does not work")
		}
		want := map[bool]int{false: 401, true: 200}[outlive]
		if w := b.post("connected_user_count", countUsers); w.Code != want {
			t.Errorf("old key's token, outlive %v: %d, want %d", outlive, w.Code, want)
		}
	}
}

func TestGenerateKeyKeepsTheOldOneWhenTheFileFails(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, Options{Tenants: []Tenant{{ID: "t1", KeyFile: filepath.Join(dir, "key")}}})
	old := b.sim.Key("t1")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := b.sim.GenerateKey("t1"); err == nil {
		t.Error("no error")
	}
	if b.exchange("t1", old) == "" {
		t.Error("the old key does not work any more")
	}
}

func TestKeyLivesAYear(t *testing.T) {
	b := newBench(t, Options{})
	b.clock.advance(364 * 24 * time.Hour)
	if b.exchange("t1", "first-key") == "" {
		t.Error("gone too early")
	}
	b.clock.advance(24 * time.Hour)
	if b.exchange("t1", "first-key") != "" {
		t.Error("still there")
	}
}

func TestTokenFaults(t *testing.T) {
	for kind, want := range map[FaultKind]int{TokenWithoutExpiry: 200, TokenExpired: 401, TokenOpaque: 200} {
		b := newBench(t, Options{})
		b.sim.SetFault("jwt", Fault{Kind: kind, Hits: 1})
		b.token = b.exchange("t1", "first-key")
		if w := b.post("connected_user_count", countUsers); w.Code != want {
			t.Errorf("%s: %d, want %d", kindNames[kind], w.Code, want)
		}
		if isJWT := strings.Count(b.token, ".") == 2; isJWT == (kind == TokenOpaque) {
			t.Errorf("%s: token %q", kindNames[kind], b.token)
		}
		if kind == TokenWithoutExpiry {
			c, err := b.sim.tokens.read(b.token, b.clock.Now())
			if err != nil || c.Expires != nil {
				t.Errorf("claims %+v, %v", c, err)
			}
		}
		b.clock.advance(15 * time.Minute)
		if w := b.post("connected_user_count", countUsers); w.Code != 401 {
			t.Errorf("%s lives for ever", kindNames[kind])
		}
	}
}
