// Package servicestatus simulates the vendor's service status page, in the form of Atlassian's Statuspage: in process, over
// HTTP, without a credential.
//
// It is written from the reference of the API alone and shares no type with the client.
package servicestatus

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options say how a page moves. The zero value is usable.
type Options struct {
	// Now is the clock of the page. Nil means time.Now.
	Now func() time.Time
	// Still switches the scenario off: all is operational, and only what a test posts is there.
	Still bool
}

// Incident is one that somebody posted. Status is investigating, identified, monitoring, resolved or postmortem.
type Incident struct {
	ID, Name, Impact, Status string
	Updated                  time.Time
	// Components are the names of those that it is about.
	Components []string
}

// Maintenance is one that somebody announced. Status is scheduled, in_progress, verifying or completed.
type Maintenance struct {
	ID, Name, Status string
	Start, End       time.Time
	Components       []string
}

// A Simulator is an http.Handler that answers as the page's API does. It may be used by many goroutines at once.
type Simulator struct {
	now   func() time.Time
	still bool

	mu           sync.Mutex
	failing      int
	states       map[string]string
	incidents    map[string]Incident
	maintenances map[string]Maintenance
	calls        int
}

// New makes a page.
func New(o Options) *Simulator {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Simulator{now: o.Now, still: o.Still, states: map[string]string{}, incidents: map[string]Incident{}, maintenances: map[string]Maintenance{}}
}

// SetComponent gives a component a status; "" gives it back to the scenario.
func (s *Simulator) SetComponent(name, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.states[name] = status; status == "" {
		delete(s.states, name)
	}
}

// PostIncident posts an incident, in place of one of the same ID.
func (s *Simulator) PostIncident(i Incident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incidents[i.ID] = i
}

// PostMaintenance announces maintenance, in place of one of the same ID.
func (s *Simulator) PostMaintenance(m Maintenance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maintenances[m.ID] = m
}

// Fail has the page answer with an HTTP status; 0 ends that.
func (s *Simulator) Fail(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = status
}

// Calls is how many calls were answered.
func (s *Simulator) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// ServeHTTP implements http.Handler. All calls are GET and take no parameters; the page has others, of parts of this one.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	switch {
	case s.failing != 0:
		http.Error(w, http.StatusText(s.failing), s.failing)
	case r.URL.Path != "/api/v2/summary.json":
		http.NotFound(w, r)
	case r.Method != http.MethodGet:
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(s.summary(s.now().UTC())) // whoever asked may be gone
	}
}

// record is an object of an answer.
type record map[string]any

// summary is the answer that has all others in it.
func (s *Simulator) summary(now time.Time) record {
	incidents, maintenances := s.events(now)
	status := map[string]string{}
	for _, m := range maintenances {
		if m.Status == "in_progress" {
			for _, name := range m.Components {
				status[name] = "under_maintenance"
			}
		}
	}
	for _, i := range incidents {
		for _, name := range i.Components {
			status[name] = map[string]string{"minor": "degraded_performance", "major": "partial_outage", "critical": "major_outage"}[i.Impact]
		}
	}
	maps.Copy(status, s.states)
	updated := now.Truncate(time.Hour).Format(time.RFC3339)
	var components []record
	for _, g := range groups {
		components = append(components, record{"id": g.id, "name": g.name, "status": "operational", "group": true, "group_id": nil, "updated_at": updated})
		for _, name := range g.components {
			components = append(components, record{
				"id": g.id + "-" + name, "name": name, "status": cmp.Or(status[name], "operational"), "group": false, "group_id": g.id, "updated_at": updated,
			})
		}
	}
	indicator, description := "none", "All Systems Operational"
	if len(incidents) > 0 {
		indicator, description = "minor", "Partially Degraded Service"
	}
	return record{
		"page":   record{"id": "p", "name": "Simulated SASE", "url": "https://status.example.com", "updated_at": updated},
		"status": record{"indicator": indicator, "description": description}, "components": components,
		"incidents": rows(incidents, incidentRow), "scheduled_maintenances": rows(maintenances, maintenanceRow),
	}
}

// events are what was posted and is not over, and what the scenario has.
func (s *Simulator) events(now time.Time) (incidents []Incident, maintenances []Maintenance) {
	if !s.still {
		incidents, maintenances = story(now)
	}
	incidents = slices.AppendSeq(incidents, maps.Values(s.incidents))
	incidents = slices.DeleteFunc(incidents, func(i Incident) bool { return i.Status == "resolved" || i.Status == "postmortem" })
	maintenances = slices.AppendSeq(maintenances, maps.Values(s.maintenances))
	maintenances = slices.DeleteFunc(maintenances, func(m Maintenance) bool { return m.Status == "completed" })
	slices.SortFunc(incidents, func(a, b Incident) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(maintenances, func(a, b Maintenance) int { return cmp.Compare(a.ID, b.ID) })
	return incidents, maintenances
}

func rows[T any](all []T, row func(T) record) []record {
	out := make([]record, len(all))
	for i, one := range all {
		out[i] = row(one)
	}
	return out
}

func incidentRow(i Incident) record {
	at := i.Updated.UTC().Format(time.RFC3339)
	return record{"id": i.ID, "name": i.Name, "impact": i.Impact, "status": i.Status, "created_at": at, "updated_at": at, "components": named(i.Components)}
}

func maintenanceRow(m Maintenance) record {
	return record{
		"id": m.ID, "name": m.Name, "impact": "maintenance", "status": m.Status, "components": named(m.Components),
		"scheduled_for": m.Start.UTC().Format(time.RFC3339), "scheduled_until": m.End.UTC().Format(time.RFC3339),
	}
}

func named(components []string) []record {
	return rows(components, func(name string) record { return record{"name": name} })
}
