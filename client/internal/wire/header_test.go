package wire

import (
	"testing"
	"time"
)

// TestHeader reads what a header tells, and passes over what has another form.
func TestHeader(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 3, 4, 10, 20, 30, 0, time.UTC)
	for header, want := range map[string]Envelope{
		`"createdAt":"2026-03-04T10:20:30Z","requestId":"r"`:              {Created: created, RequestID: "r"},
		`"createdAt":{"time":1},"requestId":"r"`:                          {RequestID: "r"},
		`"pagination":{"page_count":3,"total_count":250},"requestId":"r"`: {Pages: 3, Total: 250, RequestID: "r"},
		`"pagination":"3 of 3","requestId":"r"`:                           {RequestID: "r"},
	} {
		_, e, err := decodeRows(`{"header":{` + header + `},"data":[]}`)
		if err != nil || !e.Created.Equal(want.Created) || e.RequestID != want.RequestID || e.Pages != want.Pages || e.Total != want.Total {
			t.Errorf("%s: %v, %+v, want %+v", header, err, e, want)
		}
	}
}
