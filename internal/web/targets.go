package web

import (
	"encoding/json"
	"net/http"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// targetGroup is an entry of Prometheus's HTTP service discovery.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// serveTargets lists the tenants and companies for Prometheus's HTTP service
// discovery, by the names that /probe takes and with the labels of the
// configuration.
//
// While a discovery has not listed anything yet it answers 503: Prometheus
// keeps the targets that it knows over an error, and would drop those that a
// list does not have.
func serveTargets(fl *fleet.Fleet, settled func() bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if !settled() {
			http.Error(w, "a discovery has not listed its tenants yet", http.StatusServiceUnavailable)
			return
		}
		groups := []targetGroup{} // an empty list, not null
		for _, m := range fl.Members() {
			groups = append(groups, newTargetGroup(m.Name, m.Labels))
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(groups) // whoever asked may be gone
	}
}

func newTargetGroup(name string, labels map[string]string) targetGroup {
	if labels == nil {
		labels = map[string]string{}
	}
	return targetGroup{Targets: []string{name}, Labels: labels}
}
