package alerts_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/alerts"
)

func TestListHasEveryFile(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, f := range alerts.List() {
		if f.Description == "" {
			t.Errorf("%s has no description", f.Name)
		}
		listed = append(listed, f.Name)
	}
	embedded, err := fs.Glob(alerts.Files(), "*")
	if err != nil {
		t.Fatal(err)
	}
	onDisk, err := filepath.Glob("*.yml")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(listed)
	if !slices.Equal(listed, embedded) || !slices.Equal(listed, onDisk) {
		t.Errorf("listed %v, embedded %v, in the directory %v", listed, embedded, onDisk)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return found
}
