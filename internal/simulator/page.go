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
<html lang="en"><head><meta charset="utf-8"><title>New key</title></head><body>
<h1>New key for {{.Tenant}}</h1>
<p><code>{{.Key}}</code></p>
<p>It is not shown again.{{if .File}} It is in <code>{{.File}}</code>.{{end}} <a href="/-/?tenant={{.Tenant}}">Back</a></p>
</body></html>
`))
)

// maxListed is how many tenants the page links to.
const maxListed = 50

// pageData is what the control page shows.
type pageData struct {
	Now                        string
	Tenants                    []string
	More                       int
	Tenant, SubTenant, KeyFile string
	SubTenants                 []string
	Alerts                     []Alert
	Severities                 []string
	Sites, Tunnels, Locations  []string
	Services                   []Service
	Endpoints, Faults, Set     []string
}

func (c controls) page(w http.ResponseWriter, r *http.Request) {
	s := c.simulator
	id := r.FormValue("tenant")
	if id == "" {
		id = s.order[0]
	}
	world, err := s.World(id, r.FormValue("sub_tenant"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	t := s.tenants[id]
	d := pageData{
		Now:     s.clock.now().UTC().Format(time.RFC3339),
		Tenants: s.order[:min(len(s.order), maxListed)], More: max(0, len(s.order)-maxListed),
		Tenant: id, SubTenant: world.subTenant, KeyFile: t.KeyFile,
		Alerts:     world.OpenAlerts(),
		Severities: []string{"Critical", "High", "Medium", "Low", "Informational", "Notification"},
		Sites:      world.Sites(), Tunnels: world.Tunnels(), Locations: world.Locations(), Services: services,
		Endpoints: slices.Sorted(maps.Keys(resources)), Faults: slices.Sorted(maps.Keys(namedFaults)),
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
