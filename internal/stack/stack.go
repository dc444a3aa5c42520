// Package stack starts real Prometheus and Alertmanager processes with the
// rules and the route that are shipped, for tests and for the demo.
package stack

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/internal/gobuild"
)

// commands are the binaries that are built.
var commands = map[string]string{
	"prometheus":   "github.com/prometheus/prometheus/cmd/prometheus",
	"alertmanager": "github.com/prometheus/alertmanager/cmd/alertmanager",
}

// tools is the build of what Tool finds.
func tools(root string, names ...string) gobuild.Build {
	b := gobuild.Build{What: strings.Join(names, " and "), Dir: gobuild.Engine(root), Flags: gobuild.EngineFlags(), Output: binaries(root)}
	for _, name := range names {
		b.Packages = append(b.Packages, commands[name])
	}
	return b
}

func binaries(root string) string {
	folder := filepath.Join(root, ".build", "engine")
	if absolute, err := filepath.Abs(folder); err == nil {
		return absolute
	}
	return folder
}

// Tool returns the binary of prometheus or alertmanager: the one that the
// environment names (PROMETHEUS, ALERTMANAGER), or else the pinned one, which
// is built when it was not yet. Root is the root of the repository. Progress
// is told of the build, and may be nil.
func Tool(ctx context.Context, root, name string, progress io.Writer) (string, error) {
	if path := os.Getenv(strings.ToUpper(name)); path != "" {
		return exec.LookPath(path)
	}
	build := tools(root, name)
	path := filepath.Join(build.Output, name)
	if newer(path, filepath.Join(build.Dir, "go.mod")) {
		return path, nil
	}
	return path, build.Run(ctx, progress)
}

// newer tells whether a file was written after another.
func newer(file, other string) bool {
	a, err := os.Stat(file)
	if err != nil {
		return false
	}
	b, err := os.Stat(other)
	return err == nil && a.ModTime().After(b.ModTime())
}

// Address returns an address of this machine to listen on: the preferred one
// if it is free, else any that is.
func Address(ctx context.Context, preferred string) (string, error) {
	var listen net.ListenConfig
	if preferred != "" {
		if l, err := listen.Listen(ctx, "tcp", preferred); err == nil {
			return preferred, l.Close()
		}
	}
	l, err := listen.Listen(ctx, "tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
