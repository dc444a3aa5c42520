// Command prisma_exporter serves the alerts and the health of Palo Alto
// Networks Prisma Access tenants as Prometheus metrics.
package main

import (
	"cmp"
	_ "embed"
	"os"
	"strings"

	"github.com/prometheus/common/version"

	"github.com/prisma-exporter/prisma_exporter/internal/exporter"
)

// release is the version of a binary that was not built by make.
//
//go:embed VERSION
var release string

func main() {
	version.Version = cmp.Or(version.Version, strings.TrimSpace(release))
	os.Exit(exporter.Main(os.Args[1:], os.Stdout, os.Stderr))
}
