// Package statuspage is the page at /: what a person wants to see when the
// exporter does not work, and when it does.
package statuspage

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

//go:embed page.html
var source string

// page escapes whatever goes into it: names and errors are the API's words.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"ago":   ago,
	"facts": facts,
	"rows":  rows,
}).Parse(source))

// Link is a route of the exporter.
type Link struct{ Path, Text string }

// Handler serves the page. Its functions ask whoever knows, and no API.
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
func (h *Handler) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	if err := page.Execute(&b, h.view(time.Now())); err != nil {
		http.Error(w, "the status page cannot be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // whoever asked may be gone
}
