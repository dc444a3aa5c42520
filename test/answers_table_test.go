package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// answering are the resources whose answers are tried, and those of them whose
// rows have figures, times and states.
var (
	answering = []string{"prisma_sase_external_alerts_current", "rn_list", "tunnel_list", "connected_user_count", "rn_bandwidth_allocated"}
	figured   = answering[1:]
	timed     = answering[:2]
	stated    = answering[:3]
)

// figure are the columns of figures that are never below zero.
var figure = regexp.MustCompile("throughput|ingress|egress|capacity|disconnection|duration|allocated|tunnels|count")

// anywhere are answers that mean the same whatever was asked.
var anywhere = []answerCase{
	{name: "an error code beside no rows", body: fixedBody(`{"errorCode":"REST10009","message":"Try later","data":[]}`), log: "REST10009"},
	{name: "an error code beside rows", body: editedBody(func(a map[string]any) { a["errorCode"] = "REST10009" }), log: "REST10009"},
	{name: "an error code that is a number", body: fixedBody(`{"errorCode":10009,"data":[]}`)},
	{name: "an error code in the header", body: header(map[string]any{"errorCode": "REST10009"}), log: "REST10009"},
	{name: "an error code in the status", body: fixedBody(`{"header":{"status":{"errorCode":"REST10009","message":"Try later"}},"data":[]}`), log: "REST10009"},
	{name: "an object of an error", body: fixedBody(`{"error":{"code":"REST10009","message":"Try later"},"data":[]}`), log: "REST10009"},
	{name: "a text of an error", body: fixedBody(`{"error":"upset","data":[]}`), log: "upset"},
	{name: "a list of errors", body: fixedBody(`{"errors":[{"code":"REST10009"}],"data":[]}`), log: "REST10009"},
	{name: "an error of another spelling", body: fixedBody(`{"error_code":"REST10009","data":[]}`), log: "REST10009"},
	{name: "an error in small letters", body: fixedBody(`{"errorcode":"rest10009","Message":"Try later"}`), log: `REST10009, "Try later"`},
	{name: "an error in capitals among rows", body: editedBody(func(a map[string]any) {
		a["data"] = append(a["data"].([]any), map[string]any{"ERROR_CODE": "REST10009"})
	}), log: "REST10009"},
	{name: "no error in so many words", want: taken, body: editedBody(func(a map[string]any) { a["error"], a["errors"], a["errorCode"] = nil, []any{}, "" })},
	{name: "a message beside no rows", body: fixedBody(`{"message":"Service is under maintenance","data":[]}`), log: "under maintenance"},
	{name: "a warning beside no rows", body: fixedBody(`{"header":{"warnings":["partial results"]},"data":[]}`), log: "partial results"},
	{name: "a message beside rows", want: taken, body: editedBody(func(a map[string]any) { a["message"] = "Done" })},
	{name: "a sub-code", body: fixedBody(`{"header":{"status":{"subCode":503}},"data":[]}`), log: "subCode 503"},
	{name: "a sub-code in quotes", body: fixedBody(`{"header":{"status":{"subCode":" 503 "}},"data":[]}`), log: "subCode 503"},
	{name: "a sub-code beside rows", body: header(map[string]any{"status": map[string]any{"subCode": "404"}}), log: "subCode 404"},
	{name: "a sub-code that is a word", body: header(map[string]any{"status": map[string]any{"subCode": "FAILED"}}), log: "FAILED"},
	{name: "a sub-code that is a good word", want: taken, body: header(map[string]any{"status": map[string]any{"subCode": "OK"}})},
	{name: "a sub-code of another spelling", body: fixedBody(`{"header":{"Status":{"sub_code":503}},"data":[]}`), log: "subCode 503"},
	{name: "a sub-code of a part", body: header(map[string]any{"status": map[string]any{"subCode": 206}}), log: "subCode 206"},
	{name: "a sub-code below zero", body: header(map[string]any{"status": map[string]any{"subCode": "-1"}}), log: "subCode -1"},
	{name: "a sub-code that is true", want: taken, body: header(map[string]any{"status": map[string]any{"subCode": true}})},
	{name: "a sub-code that is false", body: header(map[string]any{"status": map[string]any{"subCode": false}}), log: "false"},
	{name: "a part of an answer", body: header(map[string]any{"isPartial": true}), log: "says that it is partial"},
	{name: "no part of an answer", want: taken, body: header(map[string]any{"isPartial": "false", "truncated": 0})},
	{name: "a status that is a number", body: header(map[string]any{"status": 503})},
	{name: "a status that is a text", body: header(map[string]any{"status": "503"})},
	{name: "a status with another code", body: header(map[string]any{"status": map[string]any{"code": 503}})},
	{name: "a sub-code of an inner answer", body: fixedBody(`{"header":{"rowCount":1},"data":[{"header":{"status":{"subCode":"503"}},"data":[]}]}`), log: "subCode 503"},
	{name: "an error of an inner answer", body: fixedBody(`{"header":{},"data":[{"header":{},"errorCode":"REST10009"}]}`), log: "REST10009"},
	{name: "an error in the place of an inner answer", body: fixedBody(`{"data":[{"errorCode":"REST10009","header":{},"data":[]}]}`), log: "REST10009"},
	{name: "an error in the place of a row", body: fixedBody(`{"data":[{"errorCode":"REST10009","message":"Try later"}]}`), log: "REST10009"},
	{name: "an error among rows", body: editedBody(func(a map[string]any) {
		a["data"] = append(a["data"].([]any), map[string]any{"errorCode": 10009})
	})},
	{name: "an object of an error among rows", body: editedBody(func(a map[string]any) {
		a["data"] = append(a["data"].([]any), map[string]any{"error": map[string]any{"code": "REST10009"}})
	}), log: "REST10009"},
	{name: "an error in the place of the rows", body: fixedBody(`{"header":{},"data":{"errorCode":"REST10009"}}`)},
	{name: "null in the place of the rows", body: editedBody(func(a map[string]any) { a["data"] = nil })},
	{name: "rows alone", body: editedBody(func(a map[string]any) { clear(a) })},
	{name: "a list", body: fixedBody(`[]`)},
	{name: "fewer rows than it says", body: fixedBody(`{"header":{"dataCount":5,"status":{"subCode":200}},"data":[]}`), log: "has 0 rows but reports 5"},
	{name: "fewer rows than it says in quotes", body: fixedBody(`{"header":{"dataCount":"5"},"data":[]}`), log: "has 0 rows but reports 5"},
	{name: "fewer rows by one", body: editedBody(func(a map[string]any) {
		a["header"].(map[string]any)["dataCount"] = len(a["data"].([]any)) + 1
	})},
	{name: "very many rows that are not there", body: header(map[string]any{"dataCount": json.Number("1e30")})},
	{name: "fewer elements than it says", body: fixedBody(`{"header":{"rowCount":3},"data":[]}`), log: "has no rows and says that it has some"},
	{name: "more elements than it has", want: taken, body: header(map[string]any{"rowCount": 50})}, // as in samples of the vendor
	{name: "fewer rows than none", body: fixedBody(`{"header":{"dataCount":-1},"data":[]}`), log: "has no rows and reports -1"},
	{name: "an answer of years ago", want: taken, body: header(map[string]any{"createdAt": "2020-01-02T03:04:05Z"})},
	{name: "more rows than it says", want: taken, body: header(map[string]any{"dataCount": -1})},
	{name: "data that is overridden", body: header(map[string]any{"isResourceDataOverridden": true}), log: "overridden"},
	{name: "data that is overridden in quotes", body: header(map[string]any{"isResourceDataOverridden": "True"}), log: "overridden"},
	{name: "data that is overridden by number", body: header(map[string]any{"isResourceDataOverridden": 1}), log: "overridden"},
	{name: "data that is not overridden", want: taken, body: header(map[string]any{"isResourceDataOverridden": "false"})},
	{name: "nothing", body: fixedBody("")},
	{name: "a blank", body: fixedBody(" \r\n")},
	{name: "a web page", body: fixedBody("<!DOCTYPE html><title>Log in</title>"), log: "web page"},
	{name: "a byte order mark", want: taken, body: func(good []byte) []byte { return append([]byte("\uFEFF"), good...) }},
	{name: "two answers", body: func(good []byte) []byte { return slices.Concat(good, good) }},
	{name: "HTTP 304", status: 304, body: fixedBody(""), log: "the API's answer is invalid (HTTP 304, not modified)"},
	{name: "HTTP 201", status: 201, body: fixedBody("{}"), log: "HTTP 201, created"},
	{name: "HTTP 202", status: 202, body: fixedBody(`{"data":[]}`), log: "HTTP 202, accepted"},
	{name: "HTTP 204", status: 204, body: fixedBody(""), log: "HTTP 204, no content"},
	{name: "HTTP 206", status: 206, body: fixedBody(`{"data":[]}`), log: "HTTP 206, partial content"},
	{name: "numbers in quotes", want: taken, body: editedRows(func(row map[string]any) {
		for name, v := range row {
			if n, ok := v.(json.Number); ok {
				row[name] = " " + n.String() + " "
			}
		}
	})},
	{name: "every row again, from the end", want: taken, body: editedBody(func(a map[string]any) {
		again := slices.Clone(a["data"].([]any))
		slices.Reverse(again)
		a["data"] = slices.Concat(again, a["data"].([]any))
	})},
	{name: "no column has a value", log: "the API's answer is invalid", body: editedRows(func(row map[string]any) {
		for name := range row {
			row[name] = nil
		}
	})},
	{name: "no times", only: timed, log: "_time had values", body: editedRows(func(row map[string]any) {
		for name := range row {
			if strings.HasSuffix(name, "_time") {
				row[name] = nil
			}
		}
	})},
	{name: "no states", only: stated, log: "state had values", body: editedRows(func(row map[string]any) {
		for name := range row {
			if name == "state" || strings.HasSuffix(name, "_state") || strings.HasSuffix(name, "_state_name") {
				delete(row, name)
			}
		}
	})},
	{name: "words of states and no numbers", only: stated, want: taken, body: editedRows(func(row map[string]any) {
		for name := range row {
			if strings.HasSuffix(name, "_state") {
				row[name] = nil
			}
		}
	})},
	{name: "figures that are none", only: figured, body: editedRows(func(row map[string]any) {
		others := []any{"NaN", "Infinity", "0x10", "1,000", "5 ms", true, []any{1}, map[string]any{"value": 1}, json.Number("1e400")}
		n := 0
		for name, v := range row {
			if _, ok := v.(json.Number); ok {
				row[name] = others[n%len(others)]
				n++
			}
		}
	})},
	{name: "figures below zero", only: figured, want: changed, body: editedRows(func(row map[string]any) {
		for name, v := range row {
			if n, ok := v.(json.Number); ok && figure.MatchString(name) && n.String() != "0" {
				row[name] = json.Number("-" + n.String())
			}
		}
	}), page: func(tell teller, _, after page) {
		for series, v := range after.series {
			if strings.HasPrefix(v, "-") {
				tell("%s is %s", series, v)
			}
		}
	}},
	{name: "a query that it does not take", status: 400, body: fixedBody(`{"errorCode":"GCP10002","message":"Syntax error: Unexpected keyword OR"}`), log: "the API refused the query"},
}

// TestAnswers: what is no answer is none, at every resource in turn.
func TestAnswers(t *testing.T) { simulate(t, testAnswers) }

func testAnswers(t *testing.T) {
	onlyReads(t)
	var cases []answerCase
	for i, c := range anywhere {
		of := c.only
		if of == nil {
			of = answering
		}
		for j, resource := range of {
			if c.resource = resource; isDrill() || i%len(of) == j {
				cases = append(cases, c)
			}
		}
	}
	a, args := newAnswers(t, cases)
	a.run(args)
}

// singular are answers that mean something else for each resource. check is in
// singularChecks.
func singular() []answerCase {
	const alerts = "prisma_sase_external_alerts_current"
	none := fixedBody(`{"header":{"status":{"subCode":200}},"data":[]}`)
	seen := 0
	return []answerCase{
		{name: "an error code", resource: alerts, body: fixedBody(`{"errorCode":"REST10001","message":"Failed to process","details":"","values":[],"data":[]}`), log: "REST10001"},
		{name: "a sub-code", resource: "rn_list", body: fixedBody(`{"header":{"status":{"subCode":"500"}},"data":[]}`), log: "subCode 500"},
		{name: "five rows that are none", resource: "tunnel_list", body: fixedBody(`{"header":{"dataCount":5,"status":{"subCode":200}},"data":[]}`), log: "has 0 rows but reports 5"},
		{name: "an error for a row", resource: "location_rn_bandwidth", body: fixedBody(`{"data":[{"errorCode":"DATA10004","message":"not licensed"}]}`), log: "DATA10004"},
		{
			name: "a zero that is none", resource: "connected_user_count", first: true, log: "overridden",
			body: fixedBody(`{"header":{"status":{"subCode":200},"isResourceDataOverridden":true},"data":[{"user_count":0}]}`),
			page: func(tell teller, _, after page) {
				if n := len(after.families["prisma_access_mobile_users_connected"].GetMetric()); n != 0 {
					tell("%d series of connected users", n)
				}
			},
		},
		{name: "no alerts once", resource: alerts, body: none, times: 1, want: taken, asked: 2},
		{
			name: "no alerts twice", resource: alerts, body: none, pages: 3, want: changed, asked: 4,
			page: func(tell teller, before, after page) {
				if n, m := openAlertsOn(before), openAlertsOn(after); n != 20 || m != 0 {
					tell("%d open alerts became %d, want 20 and none", n, m)
				}
				if n := clearedOn(after, "unobserved"); n != 20 {
					tell("%v alerts are counted as cleared, want 20", n)
				}
			},
		},
		{
			name: "numbers in quotes", resource: alerts, want: taken, body: editedRows(func(row map[string]any) {
				for _, name := range []string{"raised_time", "updated_time"} {
					row[name] = fmt.Sprint(row[name])
				}
			}),
		},
		{name: "states in quotes", resource: "rn_list", want: taken, body: editedRows(func(row map[string]any) {
			delete(row, "site_state_name")
			delete(row, "instance_state_name")
			row["site_state"], row["instance_state"] = fmt.Sprint(row["site_state"]), fmt.Sprint(row["instance_state"])
		})},
		{name: "a user twice", resource: "current_connected_user_list", want: taken, body: editedBody(func(a map[string]any) {
			rows := a["data"].([]any)
			a["data"], a["header"].(map[string]any)["dataCount"] = append(rows, rows[0]), len(rows)+1
		})},
		{name: "no content", resource: "sc_list", status: http.StatusNoContent, body: fixedBody(""), log: "HTTP 204, no content"},
		{
			name: "a query that it does not take", resource: "tunnel_status", status: http.StatusBadRequest, log: "the API refused the query",
			body: fixedBody(`{"errorCode":"GCP10002","message":"Syntax error: Unexpected keyword AND"}`),
		},
		{
			name: "a role that is missing", resource: "tunnel_list", status: http.StatusForbidden, first: true, want: special, log: "role cannot read a resource",
			body: fixedBody(`{"errorCode":"REST10005","message":"RBAC - Query Permission Denied"}`),
			page: func(tell teller, _, after page) {
				if state := states(after.families, "tunnel_list"); state != "forbidden" {
					tell("the resource is %s", state)
				}
				for name, v := range values(after.families, "prisma_access_scrape_collector_success", "collector") {
					if v != 1 {
						tell("success of %s is %v", name, v)
					}
				}
				if len(after.families["prisma_access_site_throughput_bytes_per_second"].GetMetric()) == 0 {
					tell("the bandwidth of sites went with the tunnels")
				}
			},
		},
		{
			name: "a role that is missing, in small letters", resource: "tunnel_list", first: true, want: special, log: "role cannot read a resource",
			body: fixedBody(`{"errorcode":"rest10005"}`),
			page: func(tell teller, _, after page) {
				if state := states(after.families, "tunnel_list"); state != "forbidden" {
					tell("the resource is %s", state)
				}
			},
		},
		roleTaken("tunnel_list", "tunnels"),
		roleTaken("rn_list", "remote_networks"),
		roleTaken("connected_user_count"),
		roleTaken(alerts, "alerts"),
		{
			name: "the row of before it was cleared", resource: alerts, pages: 3, want: changed,
			body: editedBody(func(a map[string]any) {
				rows := a["data"].([]any)
				if seen++; seen < 2 {
					cleared := maps.Clone(rows[0].(map[string]any))
					at, _ := cleared["updated_time"].(json.Number).Int64()
					cleared["updated_time"], cleared["state"], cleared["clear_reason"] = at+1, "Cleared", "Auto"
					a["data"] = append(rows, cleared)
				}
				a["header"] = map[string]any{}
			}),
			page: func(tell teller, before, after page) {
				if n, m := openAlertsOn(before), openAlertsOn(after); m != n-1 {
					tell("%d open alerts became %d, want one less", n, m)
				}
			},
		},
	}
}

// roleTaken is a role that the credential has no more for a resource, and which
// collectors cannot do without it: what these showed still stands.
func roleTaken(resource string, failing ...string) answerCase {
	return answerCase{
		name: "a role that is taken away", resource: resource, status: http.StatusForbidden, want: special, log: "REST10005",
		body: fixedBody(`{"errorCode":"REST10005","message":"RBAC - Query Permission Denied"}`),
		page: func(tell teller, before, after page) {
			if state := states(after.families, resource); state != "forbidden" {
				tell("the resource is %s", state)
			}
			for name, v := range values(after.families, "prisma_access_scrape_collector_success", "collector") {
				if (v == 0) != slices.Contains(failing, name) {
					tell("success of %s is %v", name, v)
				}
			}
			for _, family := range []string{"prisma_access_tunnel_state", "prisma_access_site_state", "prisma_access_alerts", "prisma_access_location_bandwidth_consumption"} {
				if had, has := len(before.families[family].GetMetric()), len(after.families[family].GetMetric()); had != has || had == 0 {
					tell("%d of %d series of %s", has, had, family)
				}
			}
		},
	}
}

// singularChecks is what --config.check says of each.
var singularChecks = []string{
	"REST10001", "subCode 500", "has 0 rows but reports 5", "DATA10004", "overridden", "alerts prisma_sase_external_alerts_current ok",
	"alerts prisma_sase_external_alerts_current ok 0", "alerts prisma_sase_external_alerts_current ok 20", "remote_networks rn_list ok 5", "mobile_users current_connected_user_list ok 10",
	"HTTP 204, no content", "Syntax error: Unexpected keyword AND", "The credential's role cannot read this resource", "tunnel_list forbidden", "tunnel_list forbidden", "rn_list forbidden", "connected_user_count forbidden", "prisma_sase_external_alerts_current forbidden", "alerts prisma_sase_external_alerts_current ok",
}

func openAlertsOn(p page) (n int) {
	return len(p.families["prisma_access_alert_raised_timestamp_seconds"].GetMetric())
}

// clearedOn is how many alerts a page counts as cleared for a reason.
func clearedOn(p page, reason string) (n float64) {
	for _, m := range p.families["prisma_access_alerts_cleared_total"].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == "clear_reason" && l.GetValue() == reason {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

// TestAnswersOneByOne: what becomes of each on the page and in the log.
func TestAnswersOneByOne(t *testing.T) {
	onlyReads(t)
	simulate(t, func(t *testing.T) {
		a, args := newAnswers(t, singular())
		a.run(args)
		_, own := a.get("/metrics")
		for i, c := range a.cases {
			if n := values(parse(t, own), "prisma_exporter_duplicate_rows_total", "tenant", "collector")["mobile_users "+nameOf(i)]; c.name == "a user twice" && n == 0 {
				t.Error("the user who is there twice is not counted")
			}
		}
	})
}

// TestCheckOfAnswers: what --config.check says of each.
func TestCheckOfAnswers(t *testing.T) {
	onlyReads(t)
	simulate(t, func(t *testing.T) {
		a, args := newAnswers(t, singular())
		for i := range a.cases {
			a.begin(i)
		}
		for i := range a.cases {
			_, out := runCheck(t, append(slices.Clone(args), "--config.check.tenant="+nameOf(i))...)
			wantLines(t, out, singularChecks[i])
		}
	})
}
