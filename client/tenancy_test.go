package client

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// TestChildren: the call, and the forms that its answer has been shown in.
func TestChildren(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []config.Group
	}{
		"children": {
			`{"count":2,"items":[{"id":"1000000002","display_name":"Acme","parent_id":"1000000001","support_contact":"x"},{"id":"1000000003"}]}`,
			[]config.Group{{ID: "1000000002", DisplayName: "Acme", Parent: "1000000001"}, {ID: "1000000003", Parent: group}},
		},
		"count as text, nested": {
			`{"count":"2","items":[{"id":"1000000002","display_name":"Acme","children":[{"id":"1000000004","name":"Below","children":[]}]},{"id":"1000000003","children":null}]}`,
			[]config.Group{{ID: "1000000002", DisplayName: "Acme", Parent: group}, {ID: "1000000004", DisplayName: "Below", Parent: "1000000002"}, {ID: "1000000003", Parent: group}},
		},
		"none":         {`{"count":0,"items":[]}`, nil},
		"odd members":  {`{"items":[{"id":7,"display_name":"no ID"},{"id":"1000000003","display_name":["x"],"parent_id":null}]}`, []config.Group{{ID: "1000000003", Parent: group}}},
		"hostile name": {`{"items":[{"id":"1000000003","display_name":"a\u0000b"}]}`, []config.Group{{ID: "1000000003", DisplayName: "a\uFFFDb", Parent: group}}},
	} {
		api := &listener{rows: c.body}
		got, err := clientFor(t, tenantOf(t, config.V3), api).Children(t.Context(), true, false)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v\nwant %+v", name, got, err, c.want)
		}
		last := api.requests[len(api.requests)-1]
		if last.method != http.MethodPost || last.header.Get("Authorization") != "Bearer t.o.k" || last.header.Get("X-PANW-Region") != "" || last.body != "" ||
			last.url != "https://api.sase.paloaltonetworks.com/tenancy/v1/tenant_service_groups/"+group+"/operations/list_children?hierarchy=true&include_self=false" {
			t.Errorf("%s: the call is %+v", name, last)
		}
	}
}

func TestChildrenThatCannotBeListed(t *testing.T) {
	for body, want := range map[string]error{
		"Jwt is expired":                  insights.ErrMalformed,
		`[]`:                              insights.ErrMalformed,
		`{"count":1}`:                     insights.ErrMalformed,
		`{"items":{}}`:                    insights.ErrMalformed,
		`{"items":[{"id":1000000002}]}`:   insights.ErrMalformed,
		`{"items":[1]}`:                   insights.ErrMalformed,
		`{"items":[{"id":"1"}]} and more`: insights.ErrMalformed,
	} {
		_, err := clientFor(t, tenantOf(t, config.V3), &listener{rows: body}).Children(t.Context(), false, false)
		if !errors.Is(err, want) || strings.Contains(err.Error(), "expired") {
			t.Errorf("%s: %v", body, err)
		}
	}
	refused := authtest.API(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/access_token") {
			return authtest.Reply(200, `{"access_token":"a.b.c","expires_in":900}`), nil
		}
		return authtest.Reply(403, `{"error":"Forbidden","message":"no role on this TSG","statusCode":403}`), nil
	})
	_, err := clientFor(t, tenantOf(t, config.V3), refused).Children(t.Context(), false, false)
	if kind(t, err, insights.ErrForbidden); err != nil && !strings.Contains(err.Error(), "no role on this TSG") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzGroups: no answer makes the reader panic, and every group has an ID.
func FuzzGroups(f *testing.F) {
	f.Add([]byte(`{"count":"1","items":[{"id":"1000000002","children":[{"id":"3","name":"x"}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		groups, err := decodeGroups(body, "1")
		for _, g := range groups {
			if g.ID == "" || err != nil {
				t.Errorf("%q gives %+v, %v", body, g, err)
			}
		}
	})
}
