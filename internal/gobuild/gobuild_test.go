package gobuild_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/gobuild"
)

// module writes a module with one package that another needs.
func module(t *testing.T, code string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":      "module example.org/m\n\ngo 1.26\n",
		"main.go":     "package main\n\nimport _ \"example.org/m/b\"\n\nfunc main() {}\n",
		"b/b.go":      "package b\n\n" + code + "\n",
		"b/b_test.go": "package b\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBuildTellsProgress builds what was never built before, then again.
func TestBuildTellsProgress(t *testing.T) {
	dir := module(t, "const Unheard = `"+t.TempDir()+"`")
	build := gobuild.Build{What: "the binary", Dir: dir, Output: filepath.Join(dir, "bin"), Packages: []string{"example.org/m"}}
	var said strings.Builder
	if err := build.Run(t.Context(), &said); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "bin", "m")); err != nil {
		t.Error(err)
	}
	if want := `^(>> the binary: [12] of at most \d+ packages compiled, \d+s\n)+$`; !regexp.MustCompile(want).MatchString(said.String()) {
		t.Errorf("got %q, want %s", said.String(), want)
	}
	said.Reset()
	if err := build.Run(t.Context(), &said); err != nil || said.Len() > 0 {
		t.Errorf("got %q, %v when all was built", said.String(), err)
	}
}

// TestBuildOfPackagesThatAreOnlyTests has nothing to say of them.
func TestBuildOfPackagesThatAreOnlyTests(t *testing.T) {
	dir := module(t, "const Fine = 1")
	if err := os.Mkdir(filepath.Join(dir, "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "c", "c_test.go"), []byte("package c\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	build := gobuild.Build{What: "the tests", Dir: dir, Packages: []string{"./..."}, Tests: true}
	if err := build.Run(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// TestBuildFails: the compiler's words are in the error.
func TestBuildFails(t *testing.T) {
	build := gobuild.Build{What: "what is wrong", Dir: module(t, "var x int = `a`"), Packages: []string{"./..."}}
	err := build.Run(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "what is wrong: go build: exit status 1") || !strings.Contains(err.Error(), "b.go:3:13: cannot use") {
		t.Errorf("got %v", err)
	}
}
