package main

import (
	"encoding/json"
	"maps"
	"net/http"

	"github.com/prisma-exporter/prisma_exporter/config"
)

// targetGroup is an entry of Prometheus's HTTP service discovery.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// serveTargets lists the tenants for Prometheus's HTTP service discovery, by
// the names that /probe takes and with the labels of the configuration.
func serveTargets(tenants func() []config.Tenant) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		groups := []targetGroup{} // an empty list, not null
		for _, t := range tenants() {
			labels := maps.Clone(t.Labels)
			if labels == nil {
				labels = map[string]string{}
			}
			groups = append(groups, targetGroup{Targets: []string{t.Name}, Labels: labels})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(groups) // whoever asked may be gone
	}
}
