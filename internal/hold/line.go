package hold

import (
	"cmp"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// line is a line of the log about the start or the end of a hold.
type line struct {
	Hold
	start bool
	by    Key
	why   string
}

func (l line) write(logger log.Logger) {
	fields := []any{"host", l.Key.Host, "scope", l.Scope.String(), "reason", string(l.Reason)}
	for _, f := range [][2]string{{"tenant", l.by.Tenant}, {"sub_tenant", l.Key.SubTenant}, {"resource", l.Key.Resource}} {
		if f[1] != "" {
			fields = append(fields, f[0], f[1])
		}
	}
	if !l.start {
		level.Info(logger).Log(append([]any{"msg", "Calling the API again", "why", l.why, "since", l.Since.UTC().Format(time.RFC3339)}, fields...)...)
		return
	}
	// A refusal is told as a failure by who asked, and what is wrong with a
	// credential by who keeps it.
	if l.Reason == RateLimited || l.Reason == AllRefused {
		logger = level.Warn(logger)
	} else {
		logger = level.Info(logger)
	}
	logger.Log(append([]any{"msg", "Making no calls for a while because of the API's answer", "until", l.Until.UTC().Format(time.RFC3339), "err", l.Err}, fields...)...)
}

// compare orders holds: the widest first, and then by what they are about.
func compare(a, b Hold) int {
	return cmp.Or(cmp.Compare(a.Scope, b.Scope), strings.Compare(a.Key.Host, b.Key.Host), strings.Compare(a.Key.SubTenant, b.Key.SubTenant),
		strings.Compare(a.Key.Resource, b.Key.Resource), strings.Compare(a.Key.Query, b.Key.Query))
}
