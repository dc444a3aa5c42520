package simulator

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// children asks for what is below a TSG, as the account of that TSG.
func (b *bench) children(tsg, query string) *httptest.ResponseRecorder {
	return b.call("POST", tenancyHead+tsg+"/operations/list_children"+query, "Bearer "+b.oauthToken(tsg, tsg), "")
}

func itemsOf(t *testing.T, w *httptest.ResponseRecorder) []any {
	t.Helper()
	var answer struct{ Items []any }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 || answer.Items == nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return answer.Items
}

func TestChildren(t *testing.T) {
	b := groupBench(t)
	// What is said of a TSG whose ID is even, as an item and as a child of one.
	even := func(o map[string]any) map[string]any {
		o["support_contact"], o["vertical"] = "noc@example.com", "education"
		return o
	}
	one := map[string]any{"id": tsg1, "display_name": "One", "parent_id": provider}
	two := even(map[string]any{"id": tsg2, "parent_id": provider})
	nested := []any{map[string]any{"id": tsg1, "name": "One", "parent_id": provider}, two}
	above := func(name string, members ...any) map[string]any {
		o := even(map[string]any{"id": provider, name: "Provider", "parent_id": holding})
		if members != nil {
			o["children"] = members
		}
		return o
	}
	for _, c := range []struct {
		tsg, query string
		want       []any
	}{
		{provider, "", []any{one, two}},
		{provider, "?hierarchy=false&include_self=false", []any{one, two}},
		{provider, "?include_self=true", []any{above("display_name"), one, two}},
		{provider, "?hierarchy=true", []any{one, two}},
		{provider, "?hierarchy=true&include_self=true", []any{above("display_name", nested...)}},
		{holding, "", []any{above("display_name")}},
		{holding, "?hierarchy=true", []any{above("display_name", nested...)}},
		{holding, "?hierarchy=true&include_self=true", []any{map[string]any{"id": holding, "children": []any{above("name", nested...)}}}},
		{holding, "?hierarchy=perhaps", []any{above("display_name")}},
		{tsg1, "", []any{}},
		{tsg1, "?hierarchy=true&include_self=true", []any{one}},
	} {
		if got := itemsOf(t, b.children(c.tsg, c.query)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %s:\n got %v\nwant %v", c.tsg, c.query, got, c.want)
		}
	}
}

func TestCountOfChildrenHasTwoTypes(t *testing.T) {
	b := groupBench(t)
	for i, want := range []any{"2", 2.0, "2"} {
		var answer struct{ Count any }
		if err := json.Unmarshal(b.children(provider, "").Body.Bytes(), &answer); err != nil || answer.Count != want {
			t.Errorf("answer %d: count %v (%v), want %v", i, answer.Count, err, want)
		}
	}
}

func TestTenancyRefusals(t *testing.T) {
	b := groupBench(t)
	above := "Bearer " + b.oauthToken(provider, provider)
	path := tenancyHead + provider + "/operations/list_children"
	for name, c := range map[string]struct {
		path, authorization string
		status              int
		body                string
	}{
		"no token":        {path, "", 401, "Unauthorized\n"},
		"a key's token":   {path, "Bearer " + b.token, 401, "Jwt verification fails\n"},
		"a child's token": {path, "Bearer " + b.oauthToken(provider, tsg1), 403, `{"error":"Forbidden","message":"the token is for another tenant service group","statusCode":403}`},
		"below":           {tenancyHead + tsg1 + "/operations/list_children", above, 403, `{"error":"Forbidden","message":"the token is for another tenant service group","statusCode":403}`},
		"unknown":         {tenancyHead + "1000000777/operations/list_children", above, 404, `{"error":"Not Found","message":"tenant service group not found","statusCode":404}`},
		"other operation": {tenancyHead + provider + "/operations/list_ancestors", above, 404, "404 page not found\n"},
		"no operation":    {tenancyHead + provider, above, 404, "404 page not found\n"},
	} {
		if w := b.call("POST", c.path, c.authorization, ""); w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, c.status, c.body)
		}
	}
	if w := b.call("POST", path, above, `{"any": "thing"}`, "X-PANW-Region", "americas", "Content-Type", "text/plain"); w.Code != 200 {
		t.Errorf("with a region, a body and its type: %d %s", w.Code, w.Body)
	}
	if w := b.call("GET", path, above, ""); w.Code != 405 {
		t.Errorf("GET: %d", w.Code)
	}
	b.clock.advance(15 * time.Minute)
	w := b.call("POST", path, above, "")
	if w.Code != 401 || w.Body.String() != "Jwt is expired\n" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("expired: %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestTenantsComeAndGo(t *testing.T) {
	b := groupBench(t)
	for name, tenant := range map[string]Tenant{
		"its ID":           {ID: "t1"},
		"its ID is a TSG":  {ID: tsg1},
		"its TSG":          {ID: "new", TSG: tsg1},
		"its client":       {ID: "new", TSG: "1000000003", ClientID: clientIDOf(tsg1)},
		"unknown parent":   {ID: "new", TSG: "1000000003", Parent: "1000000777"},
		"its own parent":   {ID: "new", TSG: "1000000003", Parent: "1000000003"},
		"bad TSG":          {ID: "new", TSG: "2000000003"},
		"parent of no TSG": {ID: "new", Parent: provider},
	} {
		if err := b.sim.AddTenant(tenant); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := b.sim.AddTenant(Tenant{ID: "new", TSG: "1000000003", Parent: provider, Size: DemoSize}); err != nil {
		t.Fatal(err)
	}
	if n := len(itemsOf(t, b.children(provider, ""))); n != 3 || len(b.sim.TenantIDs()) != 4 {
		t.Errorf("%d children, tenants %v", n, b.sim.TenantIDs())
	}
	ask := func(token string) int {
		return b.call("POST", version3.head+"query/"+users3, "Bearer "+token, anHour, "X-PANW-Region", "americas").Code
	}
	own, above := b.oauthToken("1000000003", "1000000003"), b.oauthToken(provider, "1000000003")
	if b.exchange("new", b.sim.Key("new")) == "" || ask(own) != 200 || ask(above) != 200 {
		t.Error("the new tenant does not answer")
	}
	if err := b.sim.RemoveTenant("new"); err != nil {
		t.Fatal(err)
	}
	if n := len(itemsOf(t, b.children(provider, ""))); n != 2 || len(b.sim.TenantIDs()) != 3 {
		t.Errorf("%d children, tenants %v", n, b.sim.TenantIDs())
	}
	if b.sim.Key("new") != "" || b.sim.Secret("1000000003") != "" || ask(own) != 401 || ask(above) != 401 || b.oauthToken(provider, "1000000003") != "" {
		t.Error("the tenant that is gone still answers")
	}
	if err := b.sim.RemoveTenant("new"); err == nil {
		t.Error("removed twice")
	}
	if err := b.sim.AddTenant(Tenant{ID: "below", TSG: "1000000004", Parent: tsg1}); err != nil {
		t.Fatal(err)
	}
	if err := b.sim.RemoveTenant("t1"); err == nil {
		t.Error("removed from above another")
	}
	// It may come back, also under its old names.
	if err := b.sim.AddTenant(Tenant{ID: "new", TSG: "1000000003", Parent: provider}); err != nil {
		t.Error(err)
	}
}

func TestHundredsOfChildren(t *testing.T) {
	fleet := Fleet(1000, Size{})
	for i := range fleet {
		fleet[i].Parent = "1999999999"
	}
	b := newBench(t, Options{Tenants: fleet, Providers: []Provider{{TSG: "1999999999"}}})
	items := itemsOf(t, b.children("1999999999", "?hierarchy=true"))
	if len(items) != 1000 {
		t.Fatalf("%d children", len(items))
	}
	for i, item := range items {
		if id := item.(map[string]any)["id"]; id != fmt.Sprintf("1%09d", i+1) {
			t.Fatalf("child %d is %v", i, id)
		}
	}
}

func TestGroupsThatAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"letters":         {Tenants: []Tenant{{ID: "a", TSG: "10000000x1"}}},
		"nine digits":     {Tenants: []Tenant{{ID: "a", TSG: "100000001"}}},
		"no TSG":          {Providers: []Provider{{}}},
		"twice":           {Tenants: []Tenant{{ID: "a", TSG: tsg1}}, Providers: []Provider{{TSG: tsg1}}},
		"an ID":           {Tenants: []Tenant{{ID: tsg1}, {ID: "a", TSG: tsg1}}},
		"its own ID":      {Tenants: []Tenant{{ID: tsg1, TSG: tsg1}}},
		"unknown parent":  {Tenants: []Tenant{{ID: "a", TSG: tsg1, Parent: "1000000777"}, {ID: "b", TSG: tsg2}}},
		"circle":          {Providers: []Provider{{TSG: tsg1, Parent: tsg2}, {TSG: tsg2, Parent: tsg1}}},
		"region of hosts": {Tenants: []Tenant{{ID: "a", TSG: tsg1, Region: "us"}}},
		"client twice":    {Tenants: []Tenant{{ID: "a", TSG: tsg1, ClientID: "c"}, {ID: "b", TSG: tsg2, ClientID: "c"}}},
		"client of none":  {Tenants: []Tenant{{ID: "a", ClientID: "c"}}},
		"secret of none":  {Tenants: []Tenant{{ID: "a", SecretFile: "/tmp/x"}}},
		"secret file":     {Tenants: []Tenant{{ID: "a", TSG: tsg1, SecretFile: "/nowhere/at/all"}}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New(Options{Providers: []Provider{{TSG: tsg1}}}); err != nil {
		t.Errorf("a provider alone: %v", err)
	}
}

func TestTenancyFaults(t *testing.T) {
	for kind, check := range map[FaultKind]func(body string) bool{
		NullData:      func(body string) bool { return body == `{"count":"2","items":null}` },
		DuplicateRows: func(body string) bool { return strings.Count(body, `"id":"`+tsg1) == 2 },
		WrongTypes:    func(body string) bool { return strings.Contains(body, `"id":["`+tsg1+`"]`) },
		RowFlood:      func(body string) bool { return strings.Count(body, `"id":"`) == 50 },
		TruncatedJSON: func(body string) bool { return !json.Valid([]byte(body)) },
	} {
		b := groupBench(t)
		b.sim.SetFault("list_children", Fault{Kind: kind, Rows: 50})
		if w := b.children(provider, ""); w.Code != 200 || !check(w.Body.String()) {
			t.Errorf("%s: %d %s", kindNames[kind], w.Code, w.Body)
		}
	}
}

func TestGroupsChangeWhileTheyAreAsked(t *testing.T) {
	b := groupBench(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			id, tsg := fmt.Sprintf("new-%d", i), fmt.Sprintf("1%09d", 100+i)
			for range 5 {
				if err := b.sim.AddTenant(Tenant{ID: id, TSG: tsg, Parent: provider}); err != nil {
					t.Error(err)
				}
				b.children(provider, "?hierarchy=true")
				b.grant(provider, "tsg_id:"+tsg)
				b.call("GET", "/-/?tenant="+id, "", "")
				if _, err := b.sim.GenerateSecret(tsg); err != nil {
					t.Error(err)
				}
				b.ask3(users3, anHour)
				if err := b.sim.RemoveTenant(id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(itemsOf(t, b.children(provider, ""))); n != 2 {
		t.Errorf("%d children are left", n)
	}
}
