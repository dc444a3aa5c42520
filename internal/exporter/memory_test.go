package exporter

import (
	"bytes"
	"errors"
	"math"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-kit/log"
)

func TestMemoryIsLimited(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	for name, c := range map[string]struct {
		provider memlimit.Provider
		env      string
		want     int64
		log      string
	}{
		"a cgroup of 256 MiB":    {memlimit.Limit(256 << 20), "", 256 << 20 * 9 / 10, "Memory is limited"},
		"no limit":               {func() (uint64, error) { return 0, memlimit.ErrNoLimit }, "", math.MaxInt64, ""},
		"a cgroup with a riddle": {func() (uint64, error) { return 0, errors.New("odd mount") }, "", math.MaxInt64, "odd mount"},
		"somebody said so":       {memlimit.Limit(256 << 20), "100MiB", math.MaxInt64, ""},
	} {
		t.Run(name, func(t *testing.T) {
			debug.SetMemoryLimit(math.MaxInt64)
			if c.env != "" {
				t.Setenv("GOMEMLIMIT", c.env) // which the runtime has read at its start
			}
			var logs bytes.Buffer
			limitMemory(log.NewLogfmtLogger(&logs), c.provider)
			if got := debug.SetMemoryLimit(-1); got != c.want {
				t.Errorf("the limit is %d, want %d", got, c.want)
			}
			if (c.log == "") != (logs.Len() == 0) || !strings.Contains(logs.String(), c.log) {
				t.Errorf("the log is %q", logs.String())
			}
		})
	}
}
