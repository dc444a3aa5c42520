package simulator

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
)

// The TSGs of groupBench: t1 and t2 have one each, the provider is above both and the holding above the provider.
const (
	tsg1     = "1000000001"
	tsg2     = "1000000002"
	provider = "1000000008"
	holding  = "1000000009"
)

// groupBench is a bench whose tenants are on all versions, but for "old", which is on 1.0 alone.
func groupBench(t *testing.T, change ...func(o *Options)) *bench {
	o := Options{
		Tenants: []Tenant{
			{ID: "t1", Key: "first-key", TSG: tsg1, Parent: provider, DisplayName: "One", Size: DemoSize, SubTenants: map[string]Size{"s1": {Users: 7}}},
			{ID: "t2", TSG: tsg2, Parent: provider, Region: "europe"},
			{ID: "old"},
		},
		Providers: []Provider{{TSG: provider, DisplayName: "Provider", Parent: holding}, {TSG: holding}},
	}
	for _, c := range change {
		c(&o)
	}
	return newBench(t, o)
}

// grant asks for a token as the account of a TSG and gives the whole answer.
func (b *bench) grant(account, scope string) *httptest.ResponseRecorder {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
	return b.form("/oauth2/access_token", form, "Authorization", basic(clientIDOf(account), b.sim.Secret(account)))
}

// oauthToken is a token that the account of a TSG gets for a TSG, or empty.
func (b *bench) oauthToken(account, tsg string) string {
	b.t.Helper()
	w := b.grant(account, "tsg_id:"+tsg)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		b.t.Errorf("token answer: %v", err)
	}
	return answer.AccessToken
}

// ask2 and ask3 send a query with everything that the version wants; later headers take the place of earlier ones.
func (b *bench) ask2(tail, body string, headers ...string) *httptest.ResponseRecorder {
	return b.call("POST", version2.head+tail, "Bearer "+b.oauthToken(tsg1, tsg1), body, append([]string{"Prisma-Tenant", tsg1}, headers...)...)
}

func (b *bench) ask3(tail, body string, headers ...string) *httptest.ResponseRecorder {
	return b.call("POST", version3.head+"query/"+tail, "Bearer "+b.oauthToken(tsg1, tsg1), body, append([]string{"X-PANW-Region", "americas"}, headers...)...)
}

func (b *bench) rowsOf(w *httptest.ResponseRecorder) []map[string]any {
	b.t.Helper()
	var answer flat
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return answer.Data
}

const (
	users2 = "custom/query/gp_mobileusers/connected_user_count"
	users3 = "users/agent/current_connected_user_count"
	anHour = `{"filter": {"rules": [{"property": "event_time", "operator": "last_n_hours", "values": [1]}]}}`
)

func TestTenantsAreNamedOnce(t *testing.T) {
	b := groupBench(t)
	b.ask2(users2, countUsers)
	b.ask3(users3, anHour)
	b.query("connected_user_count", countUsers)
	b.grant(provider, "tsg_id:"+provider)
	calls := b.sim.Calls()
	if calls[Call{"t1", "connected_user_count", 200}] != 2 || calls[Call{"t1", "current_connected_user_count", 200}] != 1 ||
		calls[Call{"t1", "oauth2", 200}] != 2 || calls[Call{provider, "oauth2", 200}] != 1 {
		t.Errorf("calls %v", calls)
	}
	one, err := b.sim.World("t1", "s1")
	if err != nil {
		t.Fatal(err)
	}
	if same, err := b.sim.World(tsg1, "s1"); same != one || err != nil {
		t.Errorf("the world of the TSG: %v", err)
	}
	if _, err := b.sim.World(provider, ""); err == nil {
		t.Error("a provider has a world")
	}
}

func TestFaultsOfVersions(t *testing.T) {
	for name, c := range map[string]struct {
		pattern, tenant string
		// hit are the calls that meet the fault, of 1, 2, 3, t (token) and c (children).
		hit string
	}{
		"all":                 {"*", "", "123tc"},
		"queries":             {AllQueries, "", "123"},
		"a list":              {"tunnel_list", "", "123"},
		"the token":           {"oauth2", "", "t"},
		"the children":        {"list_children", "", "c"},
		"a tenant":            {"*", "t1", "123t"},
		"a TSG":               {"*", tsg1, "23t"},
		"another":             {"*", "t2", ""},
		"a provider":          {"*", provider, "c"},
		"queries of a tenant": {AllQueries, "t1", "123"},
	} {
		b := groupBench(t)
		group, above := "Bearer "+b.oauthToken(tsg1, tsg1), "Bearer "+b.oauthToken(provider, provider)
		b.sim.SetFault(c.pattern, Fault{Kind: AnswerStatus, Status: 503, Tenant: c.tenant})
		hit := ""
		for _, call := range []struct {
			letter string
			answer *httptest.ResponseRecorder
		}{
			{"1", b.post("tunnel_list", anHour)},
			{"2", b.call("POST", version2.head+"custom/query/tunnels/tunnel_list", group, anHour, "Prisma-Tenant", tsg1)},
			{"3", b.call("POST", version3.head+"query/tunnels/tunnel_list", group, anHour, "X-PANW-Region", "americas")},
			{"t", b.grant(tsg1, "tsg_id:"+tsg1)},
			{"c", b.call("POST", tenancyHead+provider+"/operations/list_children", above, "")},
		} {
			switch call.answer.Code {
			case 503:
				hit += call.letter
			case 200:
			default:
				t.Errorf("%s: %d %s", name, call.answer.Code, call.answer.Body)
			}
		}
		if hit != c.hit {
			t.Errorf("%s hits %q, want %q", name, hit, c.hit)
		}
	}
}

func TestRateLimitIsTheQueryHosts(t *testing.T) {
	b := groupBench(t, func(o *Options) { o.CallsPerMinute = 3 })
	// The bench's token took one call.
	for range 5 {
		if w := b.grant(tsg1, "tsg_id:"+tsg1); w.Code != 200 {
			t.Fatalf("token: %d", w.Code)
		}
	}
	var got []int
	for range 3 {
		got = append(got, b.ask3(users3, anHour).Code)
	}
	if !slices.Equal(got, []int{200, 200, 429}) {
		t.Errorf("queries: %v", got)
	}
}
