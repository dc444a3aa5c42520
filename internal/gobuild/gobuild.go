// Package gobuild runs `go build` and says how far it is. It needs little
// itself, because it is the first that is compiled on a new machine.
package gobuild

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Engine is the folder of the module that pins Prometheus and Alertmanager,
// below the root of the repository.
func Engine(root string) string { return filepath.Join(root, "test", "engine") }

// EngineFlags are what its packages are built with. Without the tag Prometheus
// would have the libraries of all clouds that it can discover targets in. Its
// go.mod follows that of the exporter, which it requires.
func EngineFlags() []string { return []string{"-mod=mod", "-tags=remove_all_sd", "-ldflags=-s"} }

// Build is one run of `go build`. The first one on a machine downloads and
// compiles for minutes.
type Build struct {
	// What is built, in the words of whoever waits for it.
	What string
	// Dir is the root of the module.
	Dir string
	// Flags are those of the go command for what is listed and built, and Env is
	// added to its environment.
	Flags, Env []string
	// Output is the folder for binaries. Without it packages are compiled only,
	// to be there when they are wanted.
	Output string
	// Packages are patterns, as the go command takes them. With Tests, what
	// their tests need is built, too.
	Packages []string
	Tests    bool
}

// Run builds. It tells progress how many modules and packages are done.
func (b Build) Run(ctx context.Context, progress io.Writer) error {
	t := newTicker(progress, b.What)
	defer t.close()
	packages, err := b.list(ctx, t)
	if err != nil {
		return err
	}
	args := append([]string{"build", "-v"}, b.Flags...)
	targets := packages
	if b.Output != "" {
		if err := os.MkdirAll(b.Output, 0o755); err != nil {
			return err
		}
		args = append(args, "-o", b.Output+string(filepath.Separator))
		targets = b.Packages
	}
	t.stage("packages compiled", len(packages))
	_, err = b.run(ctx, append(args, targets...), func(line string) bool {
		if strings.HasPrefix(line, "#") || strings.Contains(line, " ") {
			return false // a message of the compiler
		}
		t.step(line)
		return true
	})
	return err
}

// list finds all packages that are needed, and downloads their modules.
func (b Build) list(ctx context.Context, t *ticker) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(b.Dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	t.stage("modules downloaded", len(required.FindAll(text, -1)))
	args := append([]string{"list", "-deps", "-f", compiled}, b.Flags...)
	if b.Tests {
		args = append(args, "-test")
	}
	out, err := b.run(ctx, append(args, b.Packages...), func(line string) bool {
		module, ok := strings.CutPrefix(line, "go: downloading ")
		if ok {
			t.step(module)
		}
		return ok
	})
	return strings.Fields(out), err
}

// compiled is the template for packages that are worth to be compiled before
// they are wanted: none that is linked, and none that is only tests.
const compiled = `{{if and (not .ForTest) (ne .Name "main") (or .GoFiles .CgoFiles)}}{{.ImportPath}}{{end}}`

// required are the modules that a go.mod lists.
var required = regexp.MustCompile(`(?m)^(?:require )?\s*[^\s/]+\.[^\s]+ v\d`)

// run runs the go command, and hands over what it says while it works. What
// is not taken belongs to the error, if it ends with one.
func (b Build) run(ctx context.Context, args []string, take func(line string) bool) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = b.Dir, append(os.Environ(), b.Env...)
	var out, messages bytes.Buffer
	cmd.Stdout = &out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if !take(lines.Text()) {
			fmt.Fprintln(&messages, lines.Text())
		}
	}
	if err := errors.Join(cmd.Wait(), lines.Err()); err != nil {
		return "", fmt.Errorf("%s: go %s: %w\n%s", b.What, args[0], err, messages.Bytes())
	}
	return out.String(), nil
}
