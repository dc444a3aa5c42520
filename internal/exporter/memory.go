package exporter

import (
	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// limitMemory has the garbage collector keep within nine tenths of what the
// process may have, unless GOMEMLIMIT says otherwise: the runtime knows nothing
// of a cgroup, which would end the process first.
func limitMemory(logger log.Logger, provider memlimit.Provider) {
	limit, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithProvider(provider))
	switch {
	case err != nil:
		level.Warn(logger).Log("msg", "Cannot find out the memory limit of the process", "err", err)
	case limit != 0:
		level.Info(logger).Log("msg", "Memory is limited", "bytes", limit)
	}
}
