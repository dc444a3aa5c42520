package stack_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/stack"
)

// TestInstalled puts programs into the PATH that say a version as the releases
// do.
func TestInstalled(t *testing.T) {
	for said, serves := range map[string]bool{
		"prometheus, version 3.10.0 (branch: HEAD, revision: 54e010926b0a270cadb22be1113ad45fe9bcb90a)": true,
		"prometheus, version 3.0.0-rc.1 (branch: HEAD, revision: 0)":                                    true,
		"prometheus, version 4.0.1 (branch: main, revision: 0)":                                         true,
		"prometheus, version 2.53.5 (branch: HEAD, revision: 0)":                                        false,
		// What the go command builds from the module.
		"prometheus, version  (branch: , revision: unknown)": false,
	} {
		dir := t.TempDir()
		script := fmt.Sprintf("#!/bin/sh\necho %q\n", said)
		if err := os.WriteFile(filepath.Join(dir, "prometheus"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", dir)
		path, found := stack.Installed(t.Context(), "prometheus")
		if (path != "") != serves || !strings.Contains(found, dir) {
			t.Errorf("%s: got %q, %q", said, path, found)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if path, found := stack.Installed(t.Context(), "alertmanager"); path != "" || found != "no alertmanager in the PATH" {
		t.Errorf("got %q, %q", path, found)
	}
}
