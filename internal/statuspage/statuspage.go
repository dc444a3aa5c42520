// Package statuspage is what a person sees of the exporter in a browser: the
// page at /, which says what works and what does not, and the lists of the files
// that the exporter serves.
package statuspage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed list.html
	listSource string
	//go:embed style.css
	style string
	//go:embed script.js
	script string
)

// page and list escape whatever goes into them: names and errors are the API's
// words.
var (
	page = parse(pageSource)
	list = parse(listSource)
)

func parse(source string) *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"ago": ago, "line": line, "whole": whole, "facts": facts,
		"style":  func() template.HTML { return template.HTML("<style>" + style + "</style>") },    //nolint:gosec // it is ours
		"script": func() template.HTML { return template.HTML("<script>" + script + "</script>") }, //nolint:gosec // it is ours
	}).Parse(source))
}

// policy lets the page's own script run and nothing else, whatever the API put
// into the page.
var policy = func() string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}()

// Link is a route of the exporter, relative to the page.
type Link struct{ Path, Text string }

// Handler serves the page at /, and with ?tenant=NAME all about one tenant or
// company. Its functions ask whoever knows, and no API.
type Handler struct {
	// Members tells how what is watched stands.
	Members func() []fleet.Status
	// Discoveries tells how the discoveries stand.
	Discoveries func() []discovery.Status
	// Budget tells how many calls to the API there were in the last minute,
	// and how many there may be.
	Budget func() (used, limit int)
	// Plan tells what the configuration needs of the budget; nil for nothing.
	Plan func() string
	// Notices are what is doubtful about the configuration in force; nil for
	// nothing.
	Notices func() []string
	Links   []Link
	Version string
}

// ServeHTTP implements http.Handler. The page asks the API nothing.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, status := h.view(time.Now()), http.StatusOK
	if name := r.URL.Query().Get("tenant"); name != "" {
		if v = v.only(name); len(v.Members) == 0 {
			status = http.StatusNotFound
		}
	}
	send(w, status, page, v)
}

// send sends a page whole or not at all.
func send(w http.ResponseWriter, status int, t *template.Template, v any) {
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		http.Error(w, "the page cannot be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // whoever asked may be gone
}
