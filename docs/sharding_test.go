package docs_test

import (
	"strings"
	"testing"
)

// TestShardingIsDocumented: the page shows the example that is shipped.
func TestShardingIsDocumented(t *testing.T) {
	if _, config, _ := strings.Cut(read(t, "deploy/sharding/prometheus.yml"), "---\n"); config == "" || !strings.Contains(read(t, "docs/sharding.md"), "```yaml\n"+config+"```") {
		t.Error("docs/sharding.md has not what deploy/sharding/prometheus.yml has")
	}
}
