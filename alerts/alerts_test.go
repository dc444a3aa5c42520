package alerts_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

func TestPromtoolAcceptsRules(t *testing.T) {
	t.Parallel()
	tool(t, "promtool", append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, glob(t, "*.rules.yml")...)...)
}

func TestRulesPassPromtoolTests(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "tests/*.test.yml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			tool(t, "promtool", "test", "rules", file)
		})
	}
}

func TestAmtoolAcceptsRoute(t *testing.T) {
	t.Parallel()
	tool(t, "amtool", append([]string{"check-config"}, glob(t, "alertmanager*.yml")...)...)
}

// TestRoute asks amtool which receiver gets an alert.
func TestRoute(t *testing.T) {
	t.Parallel()
	for labels, receiver := range map[string]string{
		"alert_id=a severity=critical tenant=acme":                             "pager",
		"alert_id=a severity=warning tenant=acme":                              "team",
		"alert_id=a severity=info tenant=acme":                                 "log",
		"alertname=PrismaTenantDown severity=critical tenant=acme":             "pager",
		"alertname=PrismaAlertsCountsOnly severity=warning tenant=acme":        "team",
		"alertname=PrismaCapacityTokenRejected severity=critical company=acme": "pager",
		"alertname=PrismaCapacityTargetFailing severity=warning company=acme":  "team",
		"alertname=PrismaCapacityTokenReplaced severity=info company=acme":     "log",
	} {
		args := []string{"config", "routes", "test", "--config.file=alertmanager.example.yml", "--verify.receivers=" + receiver}
		tool(t, "amtool", append(args, strings.Fields(labels)...)...)
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

// tool runs one of the tools that tools/go.mod pins. The first run builds it,
// which takes minutes.
func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs the tools of tools/go.mod")
	}
	if _, err := os.Stat("../tools/go.mod"); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"tool", "-modfile=../tools/go.mod", name}, args...)
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	if err != nil {
		t.Errorf("go %v: %v\n%s", args, err, out)
	}
}
