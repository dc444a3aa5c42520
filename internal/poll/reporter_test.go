package poll

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// TestAFailureIsLoggedOnce: a failure that goes on is one line, whatever ports and
// times are in its texts, and so is its end.
func TestAFailureIsLoggedOnce(t *testing.T) {
	var logged bytes.Buffer
	r := &reporter{kind: "Collector", logger: level.NewFilter(log.NewLogfmtLogger(&logged), level.AllowInfo())}
	refused := func(text string) error {
		return &insights.Error{Kind: insights.ErrRefused, Resource: "rn_list", Status: 403, RequestID: text}
	}
	for i, step := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{refused("request 1"), "level=error msg=\"Collector failed\" err=%q\n"},
		{refused("request 2"), ""},
		{errors.New("no route to the host"), "level=error msg=\"Collector failed\" err=%q\n"},
		{errors.New("no route to the host"), ""},
		{nil, "level=info msg=\"Collector succeeds again\"\n"},
		{nil, ""},
		{insights.ErrCredential, ""}, // which the client logs
		{nil, "level=info msg=\"Collector succeeds again\"\n"},
	} {
		logged.Reset()
		r.note(&Reading{}, step.err)
		want := step.want
		if step.err != nil && want != "" {
			want = fmt.Sprintf(want, step.err)
		}
		if got := logged.String(); got != want {
			t.Errorf("step %d: it logs %q, want %q", i, got, want)
		}
	}
}
