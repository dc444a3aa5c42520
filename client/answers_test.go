package client

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// TestAnswersOfEachVersion: what is no answer is none in every version of the API.
func TestAnswersOfEachVersion(t *testing.T) {
	for body, want := range map[string]error{
		`{"errorcode":"rest10005"}`:                                                     insights.ErrForbidden,
		`{"header":{"status":{"errorCode":" Rest10005 "}},"data":[]}`:                   insights.ErrForbidden,
		`{"Error_Code":"REST10001","data":[]}`:                                          insights.ErrUnavailable,
		`{"header":{"status":{"subCode":206}},"data":[{"site_name":"a"}]}`:              insights.ErrUnavailable,
		`{"header":{"status":{"subcode":"500"}},"data":[]}`:                             insights.ErrUnavailable,
		`{"header":{"status":{"subCode":false}},"data":[{"site_name":"a"}]}`:            insights.ErrUnavailable,
		`{"header":{"isPartial":true},"data":[{"site_name":"a"}]}`:                      insights.ErrUnavailable,
		`{"header":{"dataCount":-1},"data":[]}`:                                         insights.ErrUnavailable,
		`{"data":[{"site_name":"a"},{"ERRORCODE":"DATA10004"}]}`:                        insights.ErrUnavailable,
		`{"header":{"rowCount":50},"data":[{"site_name":"a"}]}`:                         nil,
		`{"header":{"dataCount":-1},"data":[{"site_name":"a"}]}`:                        nil,
		`{"header":{"status":{"subCode":true},"isPartial":0},"data":[{"site_name":1}]}`: nil,
		`{"data":[{"site_name":"a"}]}`:                                                  nil,
	} {
		for _, version := range config.VersionNames() {
			c := clientFor(t, tenantOf(t, version), &listener{rows: body})
			_, err := c.Scope("").Query(t.Context(), insights.Query{Resource: insights.Resource{Feature: "remotenetworks", Name: "rn_list"}}, ignoreRows)
			if !errors.Is(err, want) {
				t.Errorf("%s: %s: got %v, want %v", version, body, err, want)
			}
			if insights.NotPermitted(err) != errors.Is(want, insights.ErrForbidden) {
				t.Errorf("%s: %s: not permitted is %v", version, body, insights.NotPermitted(err))
			}
		}
	}
}

// TestRefusalsInOtherLetters: a code is the API's however it is written.
func TestRefusalsInOtherLetters(t *testing.T) {
	for body, want := range map[string]error{
		`{"errorcode":"rest10005"}`:           insights.ErrForbidden,
		`{"ErrorCode":"Data10003"}`:           insights.ErrMissing,
		`{"ERROR_CODE":"data10004"}`:          insights.ErrUnlicensed,
		`{"Errors":[{"Code":"data10002"}]}`:   insights.ErrNoColumn,
		`{"errorCode":"something of a word"}`: insights.ErrRefused,
	} {
		c := clientFor(t, tenantOf(t, config.V1), authtest.API(func(r *http.Request) (*http.Response, error) {
			if isToken(r) {
				return authtest.Reply(200, `{"token":"a.b.c"}`), nil
			}
			return authtest.Reply(400, body), nil
		}))
		if err := c.ask("rn_list"); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", body, err, want)
		}
	}
}

// TestNoRedirect: a status that is called a redirect and leads nowhere is none.
func TestNoRedirect(t *testing.T) {
	f := newFixture(t, authtest.API(func(r *http.Request) (*http.Response, error) {
		if isToken(r) {
			return authtest.Reply(200, `{"token":"a.b.c"}`), nil
		}
		return authtest.Reply(http.StatusNotModified, ""), nil
	}))
	err := f.ask("rn_list")
	if !errors.Is(err, insights.ErrMalformed) || !strings.Contains(err.Error(), "HTTP 304, not modified") || strings.Contains(err.Error(), "redirect") {
		t.Errorf("got %v", err)
	}
}

// TestTimeOfAnAnswer: an answer that is dated far from when it came is counted, and
// its date is not taken for a clock.
func TestTimeOfAnAnswer(t *testing.T) {
	sent := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	for created, want := range map[string]struct {
		created time.Time
		wrong   int
	}{
		"":                     {time.Time{}, 0},
		"2026-03-04T09:59:58Z": {sent.Add(-2 * time.Second), 0},
		"2026-03-04 02:00:00":  {sent.Add(-8 * time.Hour), 0}, // of a server that forgets its zone
		"2020-03-04T10:00:00Z": {sent, 1},
		"2031-03-04T10:00:00Z": {sent, 1},
	} {
		f := newFixture(t, authtest.API(func(r *http.Request) (*http.Response, error) {
			if isToken(r) {
				return authtest.Reply(200, `{"token":"a.b.c"}`), nil
			}
			resp := authtest.Reply(200, `{"header":{"createdAt":"`+created+`"},"data":[{"site_name":"a"}]}`)
			resp.Header.Set("Date", sent.Format(http.TimeFormat))
			return resp, nil
		}))
		answer, err := f.Scope("").Query(t.Context(), insights.Query{Resource: insights.Resource{Name: "rn_list"}}, ignoreRows)
		if err != nil || !answer.Created.Equal(want.created) || answer.Wrong["createdAt"] != want.wrong {
			t.Errorf("%q: got %v, %v, %v", created, answer.Created, answer.Wrong, err)
		}
	}
}
