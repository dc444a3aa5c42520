package capacity

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// parts checks a token's signature and decodes its header and claims.
func (b *bench) parts(token string) (header, claims map[string]any) {
	t := b.t
	t.Helper()
	pieces := strings.Split(token, ".")
	if len(pieces) != 3 {
		t.Fatalf("%d parts", len(pieces))
	}
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(pieces[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	h := hmac.New(sha512.New, b.sim.company("acme").secret)
	h.Write([]byte(pieces[0] + "." + pieces[1]))
	if want := base64.RawURLEncoding.EncodeToString(h.Sum(nil)); pieces[2] != want {
		t.Errorf("signature %s, want %s", pieces[2], want)
	}
	return header, claims
}

func TestTokenForm(t *testing.T) {
	b := newBench(t)
	header, claims := b.parts(b.sim.Token("acme"))
	if header["alg"] != "HS512" {
		t.Errorf("header %v", header)
	}
	if names := slices.Sorted(maps.Keys(claims)); !slices.Equal(names, []string{"aud", "created", "number", "roles", "sub"}) {
		t.Errorf("claims %v", names)
	}
	if claims["number"] != "1" || claims["created"] != float64(startOfTests.UnixMilli()) || claims["aud"] != "shipper-api" ||
		!reflect.DeepEqual(claims["roles"], []any{"ROLE_SHIPPER_API_USER"}) {
		t.Errorf("claims %v", claims)
	}
	b.clock.advance(48 * time.Hour)
	token, err := b.sim.GenerateToken("acme")
	if err != nil {
		t.Fatal(err)
	}
	_, claims = b.parts(token)
	if claims["number"] != "2" || claims["created"] != float64(startOfTests.Add(48*time.Hour).UnixMilli()) {
		t.Errorf("claims of the second token: %v", claims)
	}
}

func TestAuthorization(t *testing.T) {
	b := newBench(t)
	other := newBench(t)
	token := b.sim.Token("acme")
	refused := []string{
		"", token, "Bearer", "Bearer ", "bearer " + token, "BEARER " + token, "Bearer  " + token, "Bearer " + token + "x",
		"Token " + token, "Basic " + token, "Bearer " + token[:len(token)-1], "Bearer " + other.sim.Token("acme"),
	}
	for _, authorization := range refused {
		if w := b.call("GET", "/api/v2/auction-booking", authorization); w.Code != 401 {
			t.Errorf("%q: %d", authorization, w.Code)
		}
	}
	if got := b.sim.TokenRefusals(); got != len(refused) {
		t.Errorf("%d refusals, want %d", got, len(refused))
	}
	b.clock.advance(20 * 365 * 24 * time.Hour)
	if w := b.get("auction-booking"); w.Code != 200 {
		t.Errorf("an old token: %d", w.Code)
	}
}

func (b *bench) fileContent() string {
	b.t.Helper()
	content, err := os.ReadFile(b.file)
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}

func TestNewTokenVoidsTheOld(t *testing.T) {
	b := newBench(t, Company{Name: "globex"})
	old, others := b.sim.Token("acme"), b.sim.Token("globex")
	if b.fileContent() != old {
		t.Fatal("the first token is not in the file")
	}
	token, err := b.sim.GenerateToken("acme")
	if err != nil || token == old || token != b.sim.Token("acme") {
		t.Fatalf("new token: %v", err)
	}
	for who, c := range map[string]struct {
		token  string
		status int
	}{"old": {old, 401}, "new": {token, 200}, "the other company's": {others, 200}} {
		if w := b.call("GET", "/api/v2/auction-booking", "Bearer "+c.token); w.Code != c.status {
			t.Errorf("%s: %d, want %d", who, w.Code, c.status)
		}
	}
	if b.fileContent() != old {
		t.Error("the new token got into the file by itself")
	}
	if err := b.sim.WriteToken("acme"); err != nil || b.fileContent() != token {
		t.Errorf("the new token is not in the file: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(b.file), "*")); err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

func TestUnknownCompany(t *testing.T) {
	b := newBench(t, Company{Name: "globex"})
	if token := b.sim.Token("nobody"); token != "" {
		t.Error("a token of nobody")
	}
	if _, err := b.sim.GenerateToken("nobody"); err == nil {
		t.Error("a new token for nobody")
	}
	if err := b.sim.WriteToken("nobody"); err == nil {
		t.Error("a token of nobody in a file")
	}
	if err := b.sim.WriteToken("globex"); err == nil {
		t.Error("a token in no file")
	}
}

// TestManyAtOnce is for the race detector. Whatever is in the file in the end is the token that works.
func TestManyAtOnce(t *testing.T) {
	b := newBench(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := b.sim.GenerateToken("acme"); err != nil {
				t.Error(err)
			}
			if err := b.sim.WriteToken("acme"); err != nil {
				t.Error(err)
			}
			b.get("auction-booking")
			if err := b.sim.SetFault(AllResources, Fault{Kind: WrongContentType}); err != nil {
				t.Error(err)
			}
			b.call("GET", "/-/capacity/", "")
			b.call("GET", "/-/capacity/stats", "")
			b.sim.ClearFaults()
		})
	}
	all.Wait()
	if b.fileContent() != b.sim.Token("acme") {
		t.Error("an old token is in the file")
	}
	if _, claims := b.parts(b.sim.Token("acme")); claims["number"] != "9" {
		t.Errorf("number %v", claims["number"])
	}
}
