// Command prepare compiles what the tests need before they run, and says how
// far it is: `go test` itself would say nothing for minutes on a machine that
// has compiled nothing yet.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/prisma-exporter/prisma_exporter/internal/gobuild"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "prepare:", err)
		os.Exit(1)
	}
}

// run takes the flags that go test gets, such as -race. It is run in the root
// of the repository.
func run(flags []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var env []string
	if slices.Contains(flags, "-race") {
		env = []string{"CGO_ENABLED=1"} // which it needs
	}
	for _, build := range []gobuild.Build{
		{What: "Prometheus's and Alertmanager's libraries", Dir: gobuild.Engine("."), Flags: gobuild.EngineFlags(), Packages: []string{"./..."}, Tests: true},
		{What: "The exporter and its tests", Dir: ".", Flags: flags, Env: env, Packages: []string{"./..."}, Tests: true},
	} {
		if err := build.Run(ctx, os.Stderr); err != nil {
			return err
		}
	}
	return nil
}
