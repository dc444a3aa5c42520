package logging

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// TestLinesAreAlike: whoever logs, a line begins with when, how bad and what.
func TestLinesAreAlike(t *testing.T) {
	for format, form := range map[string]string{
		"logfmt": `^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(info|warn) msg="?[^"=]+"?( tenant=acme)?( address=:1)?( text=.*)?( err=x)?$`,
		"json":   `^\{.*"level":"(info|warn)","msg":"[^"]+".*"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}$`,
	} {
		var b bytes.Buffer
		logger := New(&b, Options{Format: format})
		level.Info(logger).Log("msg", "plain")
		level.Warn(log.With(logger, "tenant", "acme")).Log("msg", "of a tenant", "err", "x")
		logger.Slog.Info("of a library", "address", ":1")
		logger.Std.Print("of the standard library")
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		if len(lines) != 4 {
			t.Fatalf("%d lines:\n%s", len(lines), b.String())
		}
		for _, line := range lines {
			if !regexp.MustCompile(form).MatchString(line) || strings.Contains(line, "caller") {
				t.Errorf("%s: a line of another form: %s", format, line)
			}
		}
	}
}
