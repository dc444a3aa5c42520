package client

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
	"github.com/prisma-exporter/prisma_exporter/internal/logging/logtest"
)

// tokenServer answers token calls as a test says and accepts the last token.
type tokenServer struct {
	mu      sync.Mutex
	answer  func(n int) *http.Response
	calls   int
	queries int
	refuse  bool
	takes   time.Duration
}

func (s *tokenServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	s.mu.Lock()
	takes := s.takes
	s.mu.Unlock()
	time.Sleep(takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/access_token") {
		s.calls++
		return s.answer(s.calls), nil
	}
	s.queries++
	if s.refuse {
		s.refuse = false
		return authtest.Reply(401, "Jwt is expired"), nil
	}
	return authtest.Reply(200, noRows), nil
}

// then sets what the server does from now on.
func (s *tokenServer) then(refuse bool, answer func(int) *http.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = refuse
	if answer != nil {
		s.answer = answer
	}
}

// counts are the token calls and queries so far.
func (s *tokenServer) counts() (calls, queries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls, s.queries
}

// TestClientCredentialsLiveLikeKeys: renewal at two thirds of expires_in off
// the path, one more try after a 401, and no hammering with a secret that is
// rejected.
func TestClientCredentialsLiveLikeKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &tokenServer{answer: func(n int) *http.Response {
			return authtest.Reply(200, fmt.Sprintf(`{"access_token":"opaque-%d","token_type":"bearer","expires_in":600}`, n))
		}}
		tenant := tenantOf(t, config.V3)
		c := clientFor(t, tenant, api)
		err := c.ask("tunnel_list")
		if calls, _ := api.counts(); err != nil || calls != 1 {
			t.Fatalf("%v after %d token calls", err, calls)
		}
		time.Sleep(370 * time.Second)
		synctest.Wait()
		if calls, _ := api.counts(); calls != 1 {
			t.Errorf("%d token calls well before two thirds of the life", calls)
		}
		time.Sleep(60 * time.Second)
		synctest.Wait()
		if calls, queries := api.counts(); calls != 2 || queries != 1 {
			t.Errorf("%d token calls and %d queries, want a renewal that no query waits for", calls, queries)
		}
		api.then(true, nil)
		err = c.ask("tunnel_list")
		if calls, queries := api.counts(); err != nil || calls != 3 || queries != 3 {
			t.Errorf("after a 401: %v, %d token calls, %d queries", err, calls, queries)
		}

		// The secret is replaced at the vendor and not in the file.
		api.answer = func(int) *http.Response {
			return authtest.Reply(401, `{"error":"invalid_client","error_description":"no `+password+` here"}`)
		}
		api.refuse = true
		err = c.ask("tunnel_list")
		kind(t, err, insights.ErrCredential)
		if !strings.Contains(err.Error(), "invalid_client") || !strings.Contains(err.Error(), "write the service account's client secret to its file") || strings.Contains(err.Error(), password) {
			t.Errorf("the error is %v", err)
		}
		rejected, _ := api.counts()
		for range 50 {
			kind(t, c.ask("tunnel_list"), insights.ErrCredential)
		}
		if calls, _ := api.counts(); calls != rejected {
			t.Errorf("%d more token calls with a secret that is known to be rejected", calls-rejected)
		}
		// It is put into the file, and tried at once.
		authtest.WriteKey(t, tenant.ClientSecretFile, "another")
		api.then(false, func(int) *http.Response { return authtest.Reply(200, `{"access_token":"new","expires_in":"soon"}`) })
		err = c.ask("tunnel_list")
		if calls, _ := api.counts(); err != nil || calls != rejected+1 {
			t.Errorf("%v after %d token calls", err, calls-rejected)
		}
	})
}

// TestOneRejectionForAllWhoShareASecret: what a discovery finds asks with one
// account, which must not cost a refused call for each tenant.
func TestOneRejectionForAllWhoShareASecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &tokenServer{answer: func(int) *http.Response { return authtest.Reply(401, `{"error":"invalid_client"}`) }}
		process, shared := auth.NewProcess(prometheus.NewRegistry(), log.NewNopLogger()), newBudget()
		base := tenantOf(t, config.V3)
		var clients []*Client
		for i := range 50 {
			tenant := base
			tenant.Name, tenant.ID = fmt.Sprint("t", i), fmt.Sprint(1000000000+i)
			c, err := New(Options{Tenant: tenant, Process: process, Budget: shared, Logger: log.NewNopLogger(), Timeout: time.Second, Transport: api})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			clients = append(clients, c)
		}
		all := func() (failed int) {
			for _, c := range clients {
				if err := c.ask("tunnel_list"); err != nil {
					kind(t, err, insights.ErrCredential)
					if !strings.Contains(err.Error(), "write the service account's client secret to its file") {
						t.Errorf("got %v", err)
					}
					failed++
				}
			}
			return failed
		}
		// All at once, most of them while the first still wait for an answer.
		api.mu.Lock()
		api.takes = 100 * time.Millisecond
		api.mu.Unlock()
		var wg sync.WaitGroup
		for _, c := range clients {
			wg.Go(func() { kind(t, c.ask("tunnel_list"), insights.ErrCredential) })
		}
		wg.Wait()
		if calls, _ := api.counts(); calls > 8 { // the most at a time
			t.Errorf("%d refused calls at once", calls)
		}
		before, _ := api.counts()
		for range 20 { // ten minutes
			if failed := all(); failed != 50 {
				t.Fatalf("%d failed", failed)
			}
			time.Sleep(30 * time.Second)
		}
		if calls, _ := api.counts(); calls-before > 11 {
			t.Errorf("%d refused calls in ten minutes", calls-before)
		}
		// With another secret all of them ask at once.
		authtest.WriteKey(t, base.ClientSecretFile, "another")
		api.then(false, func(int) *http.Response { return authtest.Reply(200, `{"access_token":"a.b.c","expires_in":900}`) })
		if failed := all(); failed != 0 {
			t.Errorf("%d fail with a secret that is good", failed)
		}
	})
}

// TestTokenCallsThatFail: what is said of each, and that the secret is in none
// of it, in either form.
func TestTokenCallsThatFail(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte(account + ":" + password))
	for status, want := range map[int]string{
		400: "has to be the TSG ID",
		401: "write the service account's client secret to its file",
		403: "give the service account a role",
		404: "check the token URL",
		418: "check the client ID, the client secret and the tenant ID",
	} {
		api := &tokenServer{answer: func(int) *http.Response {
			return authtest.Reply(status, fmt.Sprintf(`{"error":%q,"error_description":%q}`, basic, "you sent "+password+" and "+basic))
		}}
		err := clientFor(t, tenantOf(t, config.V2), api).ask("tunnel_list")
		kind(t, err, insights.ErrCredential)
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), basic) {
			t.Errorf("HTTP %d: %v, want %q and no secret", status, err, want)
		}
	}
	for _, body := range []string{"", "no JSON " + password, `{"access_token":""}`, `{"access_token":"two words"}`, `{"token_type":"bearer"}`, "[]"} {
		api := &tokenServer{answer: func(int) *http.Response { return authtest.Reply(200, body) }}
		err := clientFor(t, tenantOf(t, config.V2), api).ask("tunnel_list")
		kind(t, err, insights.ErrMalformed)
		if strings.Contains(err.Error(), password) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// TestSecretFileOfAnAccount: what is missing is called what it is.
func TestSecretFileOfAnAccount(t *testing.T) {
	tenant := tenantOf(t, config.V3)
	if err := os.Remove(tenant.ClientSecretFile); err != nil {
		t.Fatal(err)
	}
	var logs logtest.Buffer
	c, err := New(Options{Tenant: tenant, Process: auth.NewProcess(prometheus.NewRegistry(), log.NewNopLogger()), Budget: newBudget(), Logger: log.NewLogfmtLogger(&logs), Timeout: time.Second, Transport: &listener{}})
	if err != nil {
		t.Fatal(err)
	}
	kind(t, c.ask("tunnel_list"), insights.ErrCredential)
	c.Close() // and with it whoever writes the line
	if !strings.Contains(logs.String(), "client secret file "+tenant.ClientSecretFile+" does not exist: write the client secret to it") {
		t.Errorf("the log says\n%s", &logs)
	}
}

// TestLifeOfATokenByTheAnswer: expires_in decides where it makes sense, else
// the claims, else the API's documents.
func TestLifeOfATokenByTheAnswer(t *testing.T) {
	now := time.Unix(1795000000, 0)
	claims := authtest.Token(`{"iat":1795000000,"exp":1795001800}`)
	for _, c := range []struct {
		token   string
		seconds float64
		want    time.Duration
	}{
		{claims, 900, 15 * time.Minute},
		{"opaque", 300, 5 * time.Minute},
		{claims, 0, 30 * time.Minute},
		{claims, -5, 30 * time.Minute},
		{claims, 1, 30 * time.Minute},
		{"opaque", 0, 15 * time.Minute},
		{"opaque", 1e300, 24 * time.Hour},
	} {
		if got := lifeOf(c.token, c.seconds, time.Time{}, now); got != c.want {
			t.Errorf("expires_in %g: %s, want %s", c.seconds, got, c.want)
		}
	}
}
