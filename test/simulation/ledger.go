package simulation

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// A ledger knows what was asked and answered: the truth that pages are held against.
type ledger struct {
	// names are the tenants' names by ID and TSG.
	names map[string]string

	mu sync.Mutex
	// insights and platform are the times of the calls to either.
	insights, platform []time.Time
	calls              int
	// owners are the tenants by their tokens, which are secrets as well.
	owners map[string]string
	// good is when the last whole answer of a kind came.
	good map[asked]time.Time
}

// asked is what a call is about.
type asked struct {
	scope
	resource string
}

// A call is one that is under way.
type call struct {
	asked
	begun time.Time
}

func newLedger(all []tenant) *ledger {
	l := &ledger{names: map[string]string{}, owners: map[string]string{}, good: map[asked]time.Time{}}
	for _, t := range all {
		l.names[t.id], l.names[t.tsg] = t.name, t.name
	}
	return l
}

func (l *ledger) begin(r *http.Request, body []byte) *call {
	beat()
	c := &call{begun: time.Now()}
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	c.resource = path[len(path)-1]
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if r.URL.Host == hostCapacity {
		l.platform = append(l.platform, c.begun)
		return c
	}
	l.insights = append(l.insights, c.begun)
	authorization := strings.Fields(r.Header.Get("Authorization"))
	switch {
	case strings.HasSuffix(r.URL.Path, "/access_token"):
		form, _ := url.ParseQuery(string(body))
		c.resource, c.tenant = "oauth2", l.names[strings.TrimPrefix(form.Get("scope"), "tsg_id:")]
	case strings.Contains(r.URL.Path, "/jwt/tenant/"):
		c.resource, c.tenant = "jwt", l.names[path[len(path)-1]]
	case len(authorization) == 2:
		c.tenant = l.owners[authorization[1]]
	}
	if _, sub, ok := strings.Cut(r.Header.Get("Prisma-Tenant"), ":"); ok {
		c.sub = sub
	}
	return c
}

// learn takes a token from an answer that has one.
func (l *ledger) learn(c *call, body []byte) {
	if c.resource != "oauth2" && c.resource != "jwt" {
		return
	}
	var answer struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owners[answer.Token+answer.AccessToken] = c.tenant
}

func (l *ledger) end(c *call, status int, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status == http.StatusOK && whole {
		l.good[c.asked] = time.Now()
	}
}

// lastGood is when the last good answer about any of some resources came.
func (l *ledger) lastGood(s scope, resources []string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	var last time.Time
	for _, r := range resources {
		if t := l.good[asked{s, r}]; t.After(last) {
			last = t
		}
	}
	return last
}

// crowded tells of a minute with more calls than a budget allows, if there is one.
func crowded(calls []time.Time, budget int) (at time.Time, over bool) {
	for i := budget; i < len(calls); i++ {
		if calls[i].Sub(calls[i-budget]) < time.Minute {
			return calls[i], true
		}
	}
	return time.Time{}, false
}

// tokens are all that were given away, with the parts of them that tell something.
func (l *ledger) tokens() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for token := range l.owners {
		all = append(all, token)
		if parts := strings.Split(token, "."); len(parts) == 3 && base64.RawURLEncoding.DecodedLen(len(parts[2])) > 16 {
			all = append(all, parts[1], parts[2])
		}
	}
	return all
}
