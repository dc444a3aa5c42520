// Package dashboards holds the Grafana dashboards, for import or provisioning
// as they are. The JSON files are their source; the tests of this package
// hold them to the metrics that the exporter has.
package dashboards

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"
)

// Files are the dashboards, one JSON file each, without folders. Served with
// http.FileServerFS they are listed, too.
//
//go:embed *.json
var Files embed.FS

// Dashboard is what a list of the dashboards shows of one.
type Dashboard struct {
	// File is its name in Files.
	File string `json:"-"`
	// UID is where Grafana has it: /d/UID.
	UID         string `json:"uid"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// List returns all dashboards in the order of their files' names. The caller
// must not change them.
func List() ([]Dashboard, error) { return list() }

var list = sync.OnceValues(func() ([]Dashboard, error) {
	names, err := fs.Glob(Files, "*.json")
	if err != nil {
		return nil, err
	}
	all := make([]Dashboard, 0, len(names))
	for _, name := range names {
		content, err := Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		d := Dashboard{File: name}
		if err := json.Unmarshal(content, &d); err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", name, err)
		}
		all = append(all, d)
	}
	return all, nil
})
