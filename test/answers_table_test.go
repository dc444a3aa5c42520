package test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
)

// anywhere are answers that mean the same whatever was asked.
var anywhere = []answerCase{
	{name: "an error code beside no rows", body: fixedBody(`{"errorCode":"REST10009","message":"Try later","data":[]}`), log: "REST10009"},
	{name: "an error code beside rows", body: editedBody(func(a map[string]any) { a["errorCode"] = "REST10009" }), log: "REST10009"},
	{name: "an error code that is a number", body: fixedBody(`{"errorCode":10009,"data":[]}`)},
	{name: "an error code in the header", body: header(map[string]any{"errorCode": "REST10009"}), log: "REST10009"},
	{name: "an error code in the status", body: fixedBody(`{"header":{"status":{"errorCode":"REST10009","message":"Try later"}},"data":[]}`), log: "REST10009"},
	{name: "an object of an error", body: fixedBody(`{"error":{"code":"REST10009","message":"Try later"},"data":[]}`), log: "REST10009"},
	{name: "a text of an error", body: fixedBody(`{"error":"internal","data":[]}`), log: "internal"},
	{name: "a list of errors", body: fixedBody(`{"errors":[{"code":"REST10009"}],"data":[]}`), log: "REST10009"},
	{name: "an error of another spelling", body: fixedBody(`{"error_code":"REST10009","data":[]}`), log: "REST10009"},
	{name: "no error in so many words", want: taken, body: editedBody(func(a map[string]any) { a["error"], a["errors"], a["errorCode"] = nil, []any{}, "" })},
	{name: "a sub-code", body: fixedBody(`{"header":{"status":{"subCode":503}},"data":[]}`), log: "subCode 503"},
	{name: "a sub-code in quotes", body: fixedBody(`{"header":{"status":{"subCode":" 503 "}},"data":[]}`), log: "subCode 503"},
	{name: "a sub-code beside rows", body: header(map[string]any{"status": map[string]any{"subCode": "404"}}), log: "subCode 404"},
	{name: "a sub-code that is a word", body: header(map[string]any{"status": map[string]any{"subCode": "FAILED"}}), log: "FAILED"},
	{name: "a sub-code that is a good word", want: taken, body: header(map[string]any{"status": map[string]any{"subCode": "OK"}})},
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
	{name: "fewer rows than it says", body: fixedBody(`{"header":{"dataCount":5,"status":{"subCode":200}},"data":[]}`), log: "has 0 rows and says that it has 5"},
	{name: "fewer rows than it says in quotes", body: fixedBody(`{"header":{"dataCount":"5"},"data":[]}`), log: "has 0 rows and says that it has 5"},
	{name: "fewer rows by one", body: editedBody(func(a map[string]any) {
		a["header"].(map[string]any)["dataCount"] = len(a["data"].([]any)) + 1
	})},
	{name: "very many rows that are not there", body: header(map[string]any{"dataCount": json.Number("1e30")})},
	{name: "fewer elements than it says", body: fixedBody(`{"header":{"rowCount":3},"data":[]}`), log: "has 0 rows and says that it has 3"},
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
	{name: "no column has a value", body: editedRows(func(row map[string]any) {
		for name := range row {
			row[name] = nil
		}
	})},
	{name: "figures that are none", body: editedRows(func(row map[string]any) {
		others := []any{"NaN", "Infinity", "0x10", "1,000", "5 ms", true, []any{1}, map[string]any{"value": 1}, json.Number("1e400")}
		n := 0
		for name, v := range row {
			if _, ok := v.(json.Number); ok {
				row[name] = others[n%len(others)]
				n++
			}
		}
	})},
	{name: "a query that it does not take", status: 400, body: fixedBody(`{"errorCode":"GCP10002","message":"Syntax error: Unexpected keyword OR"}`), log: "the API refused the query"},
	{name: "a role that is missing now", status: 403, body: fixedBody(`{"errorCode":"REST10005","message":"RBAC - Query Permission Denied"}`), log: "REST10005"},
}

// TestAnswers: what is no answer is none, at every resource in turn.
func TestAnswers(t *testing.T) { simulate(t, testAnswers) }

func testAnswers(t *testing.T) {
	resources := []string{"prisma_sase_external_alerts_current", "rn_list", "tunnel_list", "connected_user_count", "rn_bandwidth_allocated"}
	var cases []answerCase
	for i, c := range anywhere {
		for j, resource := range resources {
			if c.resource = resource; isDrill() || (i+j)%len(resources) == 0 {
				cases = append(cases, c)
			}
		}
	}
	a, args := newAnswers(t, cases)
	a.run(args)
	_ = strconv.Itoa
}
