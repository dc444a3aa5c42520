package capacity

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

const controlsPath = "/-/capacity/"

//go:embed page.html
var pageText string

// pages are the control page, and the one that shows a new token.
var pages = template.Must(template.New("page").Parse(pageText))

// controls are the pages under controlsPath.
type controls struct{ simulator *Simulator }

// newControls refuses acts that another site's page sends through a visitor's browser: nobody logs in here.
func newControls(s *Simulator) http.Handler {
	c := controls{s}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+controlsPath+"{$}", c.page)
	mux.HandleFunc("GET "+controlsPath+"stats", c.stats)
	mux.HandleFunc("POST "+controlsPath+"companies/{company}/generate-token", c.generateToken)
	mux.HandleFunc("POST "+controlsPath+"companies/{company}/write-token", c.writeToken)
	mux.HandleFunc("POST "+controlsPath+"faults", c.setFault)
	mux.HandleFunc("POST "+controlsPath+"faults/clear", c.clearFaults)
	return http.NewCrossOriginProtection().Handler(mux)
}

// companyRow is what the page tells of a company: everything about its token but the token.
type companyRow struct {
	Name, Version, TokenFile string
	Number                   int
	Created                  string
	// InFile is whether the file holds the token that works.
	InFile bool
}

func (c *company) row() companyRow {
	content, _ := os.ReadFile(c.TokenFile) // Of a file that cannot be read the page says that the token is not in it.
	c.mu.Lock()
	defer c.mu.Unlock()
	return companyRow{
		c.Name, c.version(), c.TokenFile, c.number, c.created.UTC().Format(time.DateOnly),
		strings.TrimSpace(string(content)) == c.token,
	}
}

func (c controls) page(w http.ResponseWriter, _ *http.Request) {
	d := struct {
		Now                    string
		Companies              []companyRow
		Resources, Faults, Set []string
	}{
		Now:    c.simulator.now().UTC().Format(time.RFC3339),
		Faults: slices.Sorted(maps.Keys(namedFaults)), Set: c.simulator.faults.list(),
	}
	for _, one := range c.simulator.companies {
		d.Companies = append(d.Companies, one.row())
	}
	for _, res := range resources {
		d.Resources = append(d.Resources, res.name)
	}
	render(w, "page", d)
}

// list names the faults that are set.
func (f *faults) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, resource := range slices.Sorted(maps.Keys(f.set)) {
		one, left := f.set[resource], "until cleared"
		if one.Hits > 0 {
			left = fmt.Sprintf("%d of %d hits", one.met, one.Hits)
		}
		names = append(names, fmt.Sprintf("%s: %s, %s", resource, one.title(), left))
	}
	return names
}

// stats is how often each kind of call was answered.
func (c controls) stats(w http.ResponseWriter, _ *http.Request) {
	type line struct {
		Company  string `json:"company"`
		Resource string `json:"resource"`
		Status   int    `json:"status"`
		Count    int    `json:"count"`
	}
	lines := []line{}
	for call, n := range c.simulator.Calls() {
		lines = append(lines, line{call.Company, call.Resource, call.Status, n})
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.Company, b.Company), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Status, b.Status))
	})
	writeJSON(w, map[string]any{"calls": lines, "token_refusals": c.simulator.TokenRefusals()})
}

// generateToken shows the new token in its answer and never again.
func (c controls) generateToken(w http.ResponseWriter, r *http.Request) {
	one := c.simulator.company(r.PathValue("company"))
	if one == nil {
		http.Error(w, "no such company", http.StatusNotFound)
		return
	}
	token := one.generateToken()
	if wantsJSON(r) {
		writeJSON(w, map[string]string{"company": one.Name, "token": token})
		return
	}
	render(w, "token", map[string]string{"Company": one.Name, "Token": token, "File": one.TokenFile})
}

func (c controls) writeToken(w http.ResponseWriter, r *http.Request) {
	one := c.simulator.company(r.PathValue("company"))
	if one == nil {
		http.Error(w, "no such company", http.StatusNotFound)
		return
	}
	if err := one.writeToken(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	done(w, r, map[string]string{"company": one.Name, "file": one.TokenFile})
}

// namedFaults are those that the page offers.
var namedFaults = map[string]Fault{
	"401":                   Status(http.StatusUnauthorized),
	"403":                   Status(http.StatusForbidden),
	"404":                   Status(http.StatusNotFound),
	"429":                   Status(http.StatusTooManyRequests),
	"500":                   Status(http.StatusInternalServerError),
	"503":                   Status(http.StatusServiceUnavailable),
	"connection closed":     {Kind: CloseConnection},
	"hang":                  {Kind: Hang},
	"reset within the body": {Kind: ResetMidBody},
	"truncated JSON":        {Kind: TruncatedJSON},
	"endless body":          {Kind: EndlessBody},
	"wrong content type":    {Kind: WrongContentType},
}

func (c controls) setFault(w http.ResponseWriter, r *http.Request) {
	name, resource := r.PostFormValue("fault"), r.PostFormValue("resource")
	f, known := namedFaults[name]
	if !known {
		http.Error(w, "no such fault", http.StatusBadRequest)
		return
	}
	if err := c.simulator.SetFault(resource, f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	done(w, r, map[string]string{"resource": resource, "fault": name})
}

func (c controls) clearFaults(w http.ResponseWriter, r *http.Request) {
	c.simulator.ClearFaults()
	done(w, r, map[string]string{})
}

// wantsJSON tells a script from a browser.
func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

// done answers an act: a script gets what came of it, a browser goes back to the page.
func done(w http.ResponseWriter, r *http.Request, result map[string]string) {
	if wantsJSON(r) {
		writeJSON(w, result)
		return
	}
	http.Redirect(w, r, controlsPath, http.StatusSeeOther)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	// An error here means that the caller has gone.
	_ = json.NewEncoder(w).Encode(v)
}

// render writes a page whole or not at all.
func render(w http.ResponseWriter, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
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
