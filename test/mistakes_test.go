package test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	whole "github.com/prisma-exporter/prisma_exporter/internal/exporter"
)

// TestDocumentedMistakes: the file with five mistakes in the documentation
// gives the screen that stands below it.
func TestDocumentedMistakes(t *testing.T) {
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, mistakes, _ := strings.Cut(string(page), "\n## Mistakes\n")
	blocks := strings.Split(mistakes, "```")
	if len(blocks) < 4 {
		t.Fatal("the section has not its two blocks")
	}
	file, want := strings.TrimPrefix(blocks[1], "yaml\n"), strings.TrimPrefix(blocks[3], "\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tenants.yml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"acme.key", "globex.key", "other.key"} {
		if err := os.WriteFile(filepath.Join(dir, key), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	if code := whole.Main([]string{"--config.file=tenants.yml", "--config.check"}, &stdout, &stderr); code != 1 || stdout.String() != want {
		t.Errorf("exit code %d, and on the screen is\n%s%s\nwant\n%s", code, stdout.String(), stderr.String(), want)
	}
	if got := strings.Count(want, "\n"); got != 5 {
		t.Errorf("%d mistakes are told, want 5", got)
	}
}
