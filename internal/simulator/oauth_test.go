package simulator

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

func TestOAuthToken(t *testing.T) {
	b := groupBench(t)
	w := b.grant(tsg1, "tsg_id:"+tsg1)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if answer["token_type"] != "bearer" || answer["expires_in"] != 900.0 || answer["scope"] != "tsg_id:"+tsg1 || len(answer) != 4 {
		t.Errorf("answer %v", answer)
	}
	token, _ := answer["access_token"].(string)
	ask := func() int {
		return b.call("POST", version3.head+"query/"+users3, "Bearer "+token, anHour, "X-PANW-Region", "americas").Code
	}
	b.clock.advance(15*time.Minute - time.Second)
	if got := ask(); got != 200 {
		t.Errorf("before its end: %d", got)
	}
	b.clock.advance(time.Second)
	if got := ask(); got != 401 {
		t.Errorf("after its end: %d", got)
	}
}

func TestOAuthRefusals(t *testing.T) {
	b := groupBench(t)
	right := basic(clientIDOf(tsg1), b.sim.Secret(tsg1))
	const media = "application/x-www-form-urlencoded"
	good := "grant_type=client_credentials&scope=tsg_id%3A" + tsg1
	for name, c := range map[string]struct {
		authorization, media, body string
		status                     int
		code                       string
	}{
		"good":               {right, media, good, 200, ""},
		"charset":            {right, media + "; charset=utf-8", good, 200, ""},
		"JSON":               {right, "application/json", `{"grant_type": "client_credentials"}`, 400, "invalid_request"},
		"text":               {right, "text/plain", good, 400, "invalid_request"},
		"no content type":    {right, "", good, 400, "invalid_request"},
		"no form":            {right, media, "%zz", 400, "invalid_request"},
		"form and no form":   {right, media, good + "&x=%zz", 400, "invalid_request"},
		"nothing":            {right, media, "", 400, "invalid_request"},
		"no grant type":      {right, media, "scope=tsg_id:" + tsg1, 400, "invalid_request"},
		"two grant types":    {right, media, good + "&grant_type=client_credentials", 400, "invalid_request"},
		"two scopes":         {right, media, good + "&scope=x", 400, "invalid_request"},
		"other grant type":   {right, media, strings.Replace(good, "client_credentials", "password", 1), 400, "unsupported_grant_type"},
		"no scope":           {right, media, "grant_type=client_credentials", 400, "invalid_scope"},
		"scope is the TSG":   {right, media, "grant_type=client_credentials&scope=" + tsg1, 400, "invalid_scope"},
		"scope and more":     {right, media, good + "%20email", 400, "invalid_scope"},
		"unknown TSG":        {right, media, "grant_type=client_credentials&scope=tsg_id:1000000777", 400, "invalid_scope"},
		"ID in the scope":    {right, media, "grant_type=client_credentials&scope=tsg_id:t1", 400, "invalid_scope"},
		"TSG beside":         {right, media, "grant_type=client_credentials&scope=tsg_id:" + tsg2, 400, "invalid_scope"},
		"TSG above":          {right, media, "grant_type=client_credentials&scope=tsg_id:" + provider, 400, "invalid_scope"},
		"wrong secret":       {basic(clientIDOf(tsg1), "other"), media, good, 401, "invalid_client"},
		"another's secret":   {basic(clientIDOf(tsg1), b.sim.Secret(tsg2)), media, good, 401, "invalid_client"},
		"unknown client":     {basic("nobody", b.sim.Secret(tsg1)), media, good, 401, "invalid_client"},
		"escaped client ID":  {basic(url.QueryEscape(clientIDOf(tsg1)), b.sim.Secret(tsg1)), media, good, 401, "invalid_client"},
		"no authentication":  {"", media, good, 401, "invalid_client"},
		"secret in the form": {"", media, good + "&client_id=" + clientIDOf(tsg1) + "&client_secret=" + b.sim.Secret(tsg1), 401, "invalid_client"},
		"API key":            {"ApiKey " + b.sim.Key("t1"), media, good, 401, "invalid_client"},
	} {
		w := b.call("POST", "/oauth2/access_token", c.authorization, c.body, "Content-Type", c.media)
		var no struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &no); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if w.Code != c.status || no.Error != c.code {
			t.Errorf("%s: %d %s, want %d %q", name, w.Code, w.Body, c.status, c.code)
		}
		if challenged := w.Header().Get("WWW-Authenticate") != ""; challenged != (c.status == 401) {
			t.Errorf("%s: header %v", name, w.Header())
		}
	}
	if w := b.call("GET", "/oauth2/access_token", right, ""); w.Code != 405 {
		t.Errorf("GET: %d", w.Code)
	}
}

// TestOAuthReach asks for every TSG as every account.
func TestOAuthReach(t *testing.T) {
	b := groupBench(t)
	for account, want := range map[string]string{
		tsg1: tsg1, tsg2: tsg2,
		provider: provider + " " + tsg1 + " " + tsg2,
		holding:  holding + " " + provider + " " + tsg1 + " " + tsg2,
	} {
		var got []string
		for _, tsg := range []string{holding, provider, tsg1, tsg2} {
			if b.oauthToken(account, tsg) != "" {
				got = append(got, tsg)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s reaches %v, want %s", account, got, want)
		}
	}
}

func TestGenerateSecret(t *testing.T) {
	for _, outlive := range []bool{false, true} {
		file := filepath.Join(t.TempDir(), "secret")
		b := groupBench(t, func(o *Options) { o.Tenants[0].SecretFile, o.TokensOutliveKeys = file, outlive })
		old, token, above := b.sim.Secret(tsg1), b.oauthToken(tsg1, tsg1), b.oauthToken(provider, tsg1)
		secret, err := b.sim.GenerateSecret(tsg1)
		if err != nil || secret == old || b.sim.Secret(tsg1) != secret {
			t.Fatalf("%q, %v", secret, err)
		}
		if written, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(written)) != secret {
			t.Errorf("secret file %q (%v), want %q", written, err, secret)
		}
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {"tsg_id:" + tsg1}}
		for value, want := range map[string]int{old: 401, secret: 200} {
			if w := b.form("/oauth2/access_token", form, "Authorization", basic(clientIDOf(tsg1), value)); w.Code != want {
				t.Errorf("secret %q: %d, want %d", value, w.Code, want)
			}
		}
		ask := func(token string) int {
			return b.call("POST", version3.head+"query/"+users3, "Bearer "+token, anHour, "X-PANW-Region", "americas").Code
		}
		if want := map[bool]int{false: 401, true: 200}[outlive]; ask(token) != want {
			t.Errorf("the old secret's token, outlive %v: not %d", outlive, want)
		}
		// What another account got is that one's, and so is the key of 1.0.
		if ask(above) != 200 || b.post("connected_user_count", countUsers).Code != 200 {
			t.Error("tokens of other credentials do not work any more")
		}
	}
	b := groupBench(t)
	if _, err := b.sim.GenerateSecret("t1"); err == nil || b.sim.Secret("t1") != "" {
		t.Error("a secret for an ID of 1.0")
	}
}

func TestSecretsDoNotEnd(t *testing.T) {
	b := groupBench(t)
	b.clock.advance(2 * keyLifetime)
	if b.oauthToken(tsg1, tsg1) == "" {
		t.Error("the secret ended with the year of a key")
	}
}

func TestOAuthTokenFaults(t *testing.T) {
	for kind, want := range map[FaultKind]struct {
		status  int
		expires any
	}{
		TokenWithoutExpiry: {200, nil}, TokenExpired: {401, 0.0}, TokenOpaque: {200, 900.0},
	} {
		b := groupBench(t)
		b.sim.SetFault("oauth2", Fault{Kind: kind, Hits: 1})
		var answer map[string]any
		if err := json.Unmarshal(b.grant(tsg1, "tsg_id:"+tsg1).Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		token, _ := answer["access_token"].(string)
		if isJWT := strings.Count(token, ".") == 2; answer["expires_in"] != want.expires || isJWT == (kind == TokenOpaque) {
			t.Errorf("%s: %v", kindNames[kind], answer)
		}
		ask := func() int {
			return b.call("POST", version3.head+"query/"+users3, "Bearer "+token, anHour, "X-PANW-Region", "americas").Code
		}
		if got := ask(); got != want.status {
			t.Errorf("%s: %d", kindNames[kind], got)
		}
		b.clock.advance(15 * time.Minute)
		if got := ask(); got != 401 {
			t.Errorf("%s lives for ever", kindNames[kind])
		}
	}
	b := groupBench(t)
	b.sim.SetFault("oauth2", Fault{Kind: TokenOpaque})
	first, second := b.oauthToken(tsg1, tsg1), b.oauthToken(provider, tsg1)
	for _, token := range []string{first, second} {
		if w := b.call("POST", version2.head+users2, "Bearer "+token, countUsers, "Prisma-Tenant", tsg1); w.Code != 200 {
			t.Errorf("one of two opaque tokens: %d %s", w.Code, w.Body)
		}
	}
	b.clock.advance(15 * time.Minute)
	if b.oauthToken(tsg1, tsg1); len(b.sim.tokens.opaque) != 1 {
		t.Errorf("%d opaque tokens are kept, one is alive", len(b.sim.tokens.opaque))
	}
	b = groupBench(t)
	b.sim.SetFault("oauth2", Fault{Kind: TruncatedJSON})
	if w := b.grant(tsg1, "tsg_id:"+tsg1); json.Valid(w.Body.Bytes()) {
		t.Errorf("truncated: %s", w.Body)
	}
}
