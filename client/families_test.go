package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// incidents asks for incidents through an API that answers each page with page.
func incidents(t *testing.T, count int, page func(n int) *http.Response) (insights.Answer, []int, error) {
	t.Helper()
	var asked []int
	c := clientFor(t, tenantOf(t, config.V3), authtest.API(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/oauth2/access_token") {
			return authtest.Reply(200, `{"access_token":"t.o.k","expires_in":900}`), nil
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_, number, _ := strings.Cut(string(body), `"page_number":`)
		var n int
		if _, err := fmt.Sscan(strings.TrimRight(number, "abcdefghijklmnopqrstuvwxyz,:{}[]_\""), &n); err != nil {
			n = int(number[0] - '0')
		}
		asked = append(asked, n)
		return page(n), nil
	}))
	answer, err := c.Scope("").Query(t.Context(), insights.Query{
		Resource: insights.Incidents, Count: count, Filter: insights.All(insights.In("status", "Raised")),
	}, ignoreRows)
	return answer, asked, err
}

// pageOf is a page with some rows that says how many pages and rows there are.
func pageOf(rows, pages, total int) *http.Response {
	return authtest.Reply(200, fmt.Sprintf(`{"header":{"dataCount":%d,"pagination":{"page_count":%d,"total_count":%d}},"data":[%s]}`,
		total, pages, total, strings.TrimSuffix(strings.Repeat(`{"incident_id":"a"},`, rows), ",")))
}

// TestPages are read to the end, and what is missing is said.
func TestPages(t *testing.T) {
	for name, c := range map[string]struct {
		count     int
		page      func(n int) *http.Response
		rows      int
		asked     string
		truncated bool
	}{
		"one":              {0, func(int) *http.Response { return pageOf(3, 1, 3) }, 3, "[1]", false},
		"none":             {0, func(int) *http.Response { return pageOf(0, 0, 0) }, 0, "[1]", false},
		"several":          {0, func(n int) *http.Response { return pageOf(60-25*n+15, 2, 60) }, 75, "[1 2]", false},
		"an empty one":     {0, func(n int) *http.Response { return pageOf(50*(2-n), 9, 60) }, 50, "[1 2]", true},
		"as many as asked": {50, func(int) *http.Response { return pageOf(50, 9, 450) }, 50, "[1]", false},
		"too many":         {0, func(int) *http.Response { return pageOf(50, 900, 45000) }, 2000, "", true},
	} {
		answer, asked, err := incidents(t, c.count, c.page)
		if err != nil || answer.Rows != c.rows || answer.Truncated != c.truncated || c.asked != "" && fmt.Sprint(asked) != c.asked {
			t.Errorf("%s: %+v, %v, pages %v", name, answer, err, asked)
		}
	}
}

// TestNoRightToAFamily is a state of that API alone, whatever the 403 says.
func TestNoRightToAFamily(t *testing.T) {
	for _, body := range []string{`{"errorCode":"REST10005","message":"RBAC - Query Permission Denied"}`, `{"errorCode":"REST10003"}`, ""} {
		_, _, err := incidents(t, 0, func(int) *http.Response { return authtest.Reply(403, body) })
		if !insights.NotPermitted(err) || !errors.Is(err, insights.ErrForbidden) {
			t.Errorf("%q: %v", body, err)
		}
	}
}
