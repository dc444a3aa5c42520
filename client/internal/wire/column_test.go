package wire

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestColumns: what a poll wants to know of the columns of an answer.
func TestColumns(t *testing.T) {
	for body, want := range map[string]struct {
		wrong  map[string]int
		filled string
	}{
		`{"name":"a","count":1,"at":1500000000000,"nested":{"site":"s"}}`:    {nil, "at count"},
		`{"name":"a","count":null,"at":0,"nested":null}`:                     {nil, ""},
		`{"count":1},{"at":1500000000000},{"count":null,"name":"a"},{"x":1}`: {nil, "at count"},
		`{"at":"2026-03-01T10:00:00Z","state":"x"},{"state":""}`:             {nil, "at state"},
		`{"at":"","state":" "},{"state":null,"at":null}`:                     {nil, ""},
		`{"at":" 1500000000000 ","count":"5"},{"state":1,"at":"soon"}`:       {map[string]int{"state": 1, "at": 1}, "at count"},
		`{"name":1,"count":"x","at":[],"y":[]},{"count":{}}`:                 {map[string]int{"name": 1, "count": 2, "at": 1}, ""},
		`{"nested":{"site":1}},{"nested":"{\"peer\":[],\"z\":1}"}`:           {map[string]int{"site": 1, "peer": 1}, ""},
	} {
		_, e, err := decodeRows(data(body))
		if filled := strings.Join(slices.Sorted(maps.Keys(e.Filled)), " "); err != nil || !maps.Equal(e.Wrong, want.wrong) || filled != want.filled {
			t.Errorf("%s: wrong %v, filled %q, %v; want %v, %q", body, e.Wrong, filled, err, want.wrong, want.filled)
		}
	}
}

// TestAnswersThatAreNone come with HTTP 200.
func TestAnswersThatAreNone(t *testing.T) {
	for _, body := range []string{
		`{"errorCode":"REST10001","message":"Failed","details":"","values":[],"data":[]}`,
		`{"header":{"status":{"subCode":"500"}},"data":[]}`,
		`{"header":{"status":{"subCode":500}},"data":[{"name":"a"}]}`,
		`{"header":{},"data":[{"header":{"status":{"subCode":"500"}},"data":[]}]}`,
		`{"header":{"dataCount":5,"status":{"subCode":200}},"data":[]}`,
		`{"header":{"dataCount":2},"data":[{"name":"a"}]}`,
		`{"data":[{"errorCode":"DATA10004","message":"x"}]}`,
		`{"data":[{"name":"a"},{"errorCode":"DATA10004","message":"x"}]}`,
		`{"header":{"status":{"subCode":200},"isResourceDataOverridden":true},"data":[{"count":0}]}`,
		`{"header":{"isResourceDataOverridden":" True"},"data":[]}`,
		`{"header":{"isResourceDataOverridden":1},"data":[]}`,
		`{"header":{"isResourceDataOverridden":"1"},"data":[]}`,
		`{"header":{},"data":[{"header":{"isResourceDataOverridden":true},"data":[{"count":0}]}]}`,
		`{"errorCode":10001,"data":[]}`,
		`{"error_code":"x","data":[]}`,
		`{"error":true,"data":[]}`,
		`{"error":"x","data":[{"name":"a"}]}`,
		`{"error":{},"errors":[{"message":"x"}],"data":[]}`,
		`{"errors":[[[{"code":7}]]],"data":[]}`,
		`{"error":{"error":{"errorCode":"x"}},"data":[]}`,
		`{"data":[],"header":{"errorCode":"x"}}`,
		`{"header":{"status":{"errorCode":"x"}},"data":[]}`,
		`{"header":{"status":{"subCode":"FAILED"}},"data":[]}`,
		`{"header":{"status":{"code":403}},"data":[]}`,
		`{"header":{"status":"500"},"data":[]}`,
		`{"header":{"status":500},"data":[]}`,
		`{"status":{"subCode":500},"data":[]}`,
		`{"statusCode":403,"data":[]}`,
		`{"data":[{"name":"a"},{"errorCode":10004}]}`,
		`{"data":[{"name":"a"},{"error":{"code":"x"}}]}`,
		`{"data":[{"header":{},"errorCode":"x"}]}`,
		`{"header":{"dataCount":" 5 "},"data":[]}`,
		`{"header":{"totalCount":7},"data":[]}`,
		`{"fault":{"faultstring":"quota","detail":{"errorcode":"x"}},"data":[]}`,
		`{"success":false,"data":[]}`,
		`{"header":{"success":"False"},"data":[{"name":"a"}]}`,
		`{"message":"Service is under maintenance","data":[]}`,
		`{"code":"DATA10003","data":[]}`,
		`{"data":[],"code":16}`,
		`{"_errors":[{"code":"API_I00013"}],"data":[]}`,
		`{"exception":"java.lang.Exception","header":{},"data":[]}`,
		`{"errorMessage":"upset","data":[]}`,
		`{"header":{"warnings":["partial results"]},"data":[]}`,
		`{"header":{"Message":"partial results"},"data":[]}`,
		`{"header":{},"data":[{"header":{"message":"partial results"},"data":[]}]}`,
		`{"header":{"isresourcedataoverridden":"yes"},"data":[{"count":0}]}`,
		`{"header":{"dataCount":2},"data":[{"name":"a"},null]}`,
		`{"header":{"dataCount":1e30},"data":[{"name":"a"}]}`,
		`{"data":[],"header":{"rowCount":1}}`,
		`{"header":{"rowCount":1},"data":[{"data":[],"header":{"rowCount":"5"}}]}`,
	} {
		if _, e, err := decodeRows(body); err != nil || !e.Failed() {
			t.Errorf("%s is taken for an answer (%v)", body, err)
		}
	}
	for _, body := range []string{
		`{"errorCode":"","message":null,"data":[]}`,
		`{"errorCode":"0","data":[]}`,
		`{"success":true,"fault":null,"header":{"totalCount":7},"data":[{"name":"a","fault":"of nobody","success":false}]}`,
		`{"header":{"dataCount":1,"isResourceDataOverridden":false,"status":{"subCode":"200"}},"data":[{"name":"a"}]}`,
		`{"header":{"dataCount":1},"data":[{"name":"a"},{"name":"b"}]}`,
		`{"error":null,"errors":[],"errorCode":0,"error_code":{},"status":"Success","data":[]}`,
		`{"error":false,"errors":[{}],"header":{"status":{"subCode":"OK"},"isResourceDataOverridden":"false","dataCount":null},"data":[{"name":"a"}]}`,
		`{"header":{"dataCount":0,"isResourceDataOverridden":0,"status":{}},"data":[]}`,
		`{"code":200,"message":"OK","warnings":[],"details":" ","reason":null,"title":{},"data":[]}`,
		`{"code":7,"message":"some","warnings":["x"],"data":[{"name":"a"}]}`,
		`{"note":"x","name":"y","data":[]}`,
		`{"header":{"isResourceDataOverridden":" No "},"data":[{"name":"a"}]}`,
		`{"header":{"isResourceDataOverridden":"0.0"},"data":[{"name":"a"}]}`,
		`{"header":{"rowCount":7},"data":[{"header":{"rowCount":9},"data":[{"name":"a"}]}]}`,
	} {
		if _, e, err := decodeRows(body); err != nil || e.Failed() {
			t.Errorf("%s is not taken for an answer (%v)", body, err)
		}
	}
}
