package test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/collector"
)

// TestSchemaHasAllCollectors: the schema is written by hand and config knows
// no collectors.
func TestSchemaHasAllCollectors(t *testing.T) {
	b, err := os.ReadFile("../config/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs struct {
			Collectors struct {
				Items struct {
					Enum []string `json:"enum"`
				} `json:"items"`
			} `json:"collectors"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, d := range collector.Definitions() {
		want = append(want, d.Name)
	}
	if got := schema.Defs.Collectors.Items.Enum; !slices.Equal(got, want) {
		t.Errorf("the schema has the collectors %v, the exporter %v", got, want)
	}
}
