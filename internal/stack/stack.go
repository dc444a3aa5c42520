// Package stack starts real Prometheus and Alertmanager processes with the
// rules and the route that are shipped, for tests and for the demo.
package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Tool finds the binary of a tool: the one that the environment names
// (PROMETHEUS for prometheus), or else the one that tools/go.mod pins, which
// the go command builds when it has not yet. Root is the root of the
// repository.
func Tool(ctx context.Context, root, name string) (string, error) {
	if path := os.Getenv(strings.ToUpper(name)); path != "" {
		return exec.LookPath(path)
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "-modfile="+filepath.Join("tools", "go.mod"), "-n", name)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return "", fmt.Errorf("tool %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
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
