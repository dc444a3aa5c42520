package simulator

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"time"
)

//go:embed page.html
var pageText string

var (
	controlPage = template.Must(template.New("page").Parse(pageText))
	keyPage     = template.Must(template.New("key").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>New {{.What}}</title>
<style>:root { color-scheme: light dark } body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; overflow-wrap: anywhere }</style></head><body><main>
<h1>New {{.What}} for {{.Owner}}</h1>
<p><code>{{.Value}}</code></p>
<p>This page shows it only once.{{if .File}} It is also in <code>{{.File}}</code>.{{end}} <a href="/-/?tenant={{.Tenant}}">Back</a></p>
</main></body></html>
`))
)

// newSecret is what the page of a new key or client secret shows. Tenant is where its link goes back to.
type newSecret struct{ What, Owner, Value, File, Tenant string }

// maxListed is how many tenants the page links to.
const maxListed = 50

// pageData is what the control page shows.
type pageData struct {
	Now                        string
	Tenants                    []string
	More                       int
	Tenant, SubTenant, KeyFile string
	Account                    *account
	Providers                  []*account
	SubTenants                 []string
	Alerts                     []Alert
	Incidents                  []Incident
	Severities                 []string
	Sites, Tunnels, Locations  []string
	Services                   []Service
	Endpoints, Faults, Set     []string
}

func (c controls) page(w http.ResponseWriter, r *http.Request) {
	s := c.simulator
	id := r.FormValue("tenant")
	ids := s.TenantIDs()
	if id == "" && len(ids) > 0 {
		id = ids[0]
	}
	t := s.tenantOf(id)
	if t == nil {
		http.Error(w, "no such tenant", http.StatusNotFound)
		return
	}
	world := t.world(r.FormValue("sub_tenant"))
	if world == nil {
		http.Error(w, "no such sub-tenant", http.StatusNotFound)
		return
	}
	d := pageData{
		Now:     s.clock.now().UTC().Format(time.RFC3339),
		Tenants: ids[:min(len(ids), maxListed)], More: max(0, len(ids)-maxListed),
		Tenant: t.ID, SubTenant: world.subTenant, KeyFile: t.KeyFile,
		Account: s.account(t.TSG), Providers: s.providers(),
		Alerts: world.OpenAlerts(), Incidents: world.OpenIncidents(),
		Severities: []string{"Critical", "High", "Medium", "Low", "Informational", "Notification"},
		Sites:      world.Sites(), Tunnels: world.Tunnels(), Locations: world.Locations(), Services: services,
		Endpoints: endpoints(), Faults: slices.Sorted(maps.Keys(namedFaults)),
		Set: s.faults.list(),
	}
	if len(t.SubTenants) > 0 {
		d.SubTenants = append([]string{""}, slices.Sorted(maps.Keys(t.SubTenants))...)
	}
	render(w, controlPage, d)
}

// list names the faults that are set.
func (f *faults) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, one := range f.set {
		left := "until cleared"
		if one.Hits > 0 {
			left = fmt.Sprintf("%d of %d hits", one.met, one.Hits)
		}
		names = append(names, fmt.Sprintf("%s: %s, %s", one.pattern, one.title(), left))
	}
	return names
}

// render writes a page whole or not at all.
func render(w http.ResponseWriter, t *template.Template, data any) {
	var page bytes.Buffer
	if err := t.Execute(&page, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	// An error here means that the caller has gone.
	_, _ = w.Write(page.Bytes())
}
