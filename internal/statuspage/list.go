package statuspage

import (
	"io/fs"
	"net/http"
	"path"
)

// File is a file in a list.
type File struct{ Name, Text string }

// List serves files below a path, and at the path itself a page that lists
// them. A browser shows each rather than store it.
type List struct {
	Title, Text, Version string
	// Address is that of the list for who loads files from elsewhere, "" where
	// it is not known.
	Address string
	Files   []File
	Content fs.FS
}

// ServeHTTP implements http.Handler, for requests without the path that the list
// is below.
func (l *List) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "" {
		send(w, http.StatusOK, list, l)
		return
	}
	if path.Ext(r.URL.Path) == ".yml" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	http.FileServerFS(l.Content).ServeHTTP(w, r)
}
