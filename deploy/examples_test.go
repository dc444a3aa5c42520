// Package deploy_test has tests of the examples that are deployed as they are.
package deploy_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/internal/cli"
)

// placeholder finds what only looks like a value of somebody: with it, an
// exporter would start, ask for a tenant that is not theirs, and seem to run.
var placeholder = regexp.MustCompile(`\b(1234567890|2345678901|10000000\d\d|example\.(com|org|net)|changeme|TODO|\d{4}-\d\d-\d\d)\b|(?i:your[-_])|<[a-z][a-z _-]*>`)

// TestNoPlaceholderGoesLive: examples leave empty what is yours. Comments may
// show what a value looks like, and cases for tests (ci/) have values.
func TestNoPlaceholderGoesLive(t *testing.T) {
	n := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == "generate" || strings.HasSuffix(path, "kubernetes/generated") || strings.HasSuffix(path, "prisma-exporter/files") || strings.HasSuffix(path, "prisma-exporter/ci")):
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".md"):
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		number := 0
		for line := range strings.Lines(string(b)) {
			number++
			if found := placeholder.FindString(line); found != "" && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				t.Errorf("%s:%d: %q goes live: leave the value empty, so that the exporter asks for it\n%s", path, number, found, line)
			}
		}
		return nil
	})
	if err != nil || n < 20 {
		t.Fatalf("%d files, %v", n, err)
	}
}

// TestExamplesAskForValues: an exporter with the variables of an example does
// not start, and says which it lacks.
func TestExamplesAskForValues(t *testing.T) {
	for file, flags := range map[string]map[string]string{
		"systemd/prisma_exporter.default": nil,
		"compose/env.example":             {"PRISMA_TENANT_ID": "--prisma.tenant-id=", "PRISMA_REGION": "--prisma.region="},
	} {
		t.Run(file, func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			args := []string{}
			for line := range strings.Lines(string(b)) {
				name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
				if !ok || strings.HasPrefix(name, "#") {
					continue
				}
				if flag, ok := flags[name]; ok {
					args = append(args, flag+value)
				} else {
					t.Setenv(name, value)
				}
			}
			if flags != nil {
				args = append(args, "--prisma.api-key-file=/run/secrets/insights_key")
			}
			o, err := cli.Parse(args)
			if err != nil {
				t.Fatal(err)
			}
			_, err = o.Configuration.Read()
			for _, name := range []string{"PRISMA_EXPORTER_PRISMA_TENANT_ID", "PRISMA_EXPORTER_PRISMA_REGION"} {
				if err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("%s has no value, and the exporter says %v", name, err)
				}
			}
		})
	}
}
