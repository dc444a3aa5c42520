package poll

import (
	"errors"
	"fmt"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// reporter logs how the polls of one thing end. A failure that goes on is said
// once, and one of the credential by the client, for all that it is about.
type reporter struct {
	kind   string
	logger log.Logger
	failed string
}

func (r *reporter) note(reading *Reading, err error) {
	if err == nil {
		level.Debug(r.logger).Log("msg", "Polled the API", "rows", reading.Rows)
		if r.failed != "" {
			level.Info(r.logger).Log("msg", r.kind+" succeeds again")
		}
		r.failed = ""
		return
	}
	if r.failed != sameFailure(err) && !errors.Is(err, insights.ErrCredential) {
		fields := []any{"msg", r.kind + " failed", "err", err}
		if p, ok := errors.AsType[*Panic](err); ok {
			fields = append(fields, "stack", string(p.Stack))
		}
		level.Error(r.logger).Log(fields...)
	}
	r.failed = sameFailure(err)
}

// sameFailure is what failures have in common that are worth one line: their
// texts can have ports, times and request IDs, which differ each time.
func sameFailure(err error) string {
	if failed, ok := errors.AsType[*insights.Error](err); ok {
		return fmt.Sprintf("%v %d %s", failed.Kind, failed.Status, failed.Code)
	}
	return err.Error()
}
