// Command generate writes the Kubernetes objects that carry the alert rules and
// the dashboards. They hold the files of alerts/ and dashboards/ as they are, so
// that what a cluster gets is what was tested.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:generate go run .

// Where things are, seen from this directory, in which go generate and go test
// run.
const (
	rules      = "../../alerts/*.rules.yml"
	dashboards = "../../dashboards/*.json"
	target     = "../kubernetes/generated"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write puts the objects in place of those that are there.
func write() error {
	objects, err := render()
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(target, "*.yaml"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if _, ok := objects[filepath.Base(path)]; ok {
			continue
		}
		// Its source is gone, and it would be deployed for ever.
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for name, text := range objects {
		if err := os.WriteFile(filepath.Join(target, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render returns the objects by file name, with a kustomization that lists
// them.
func render() (map[string]string, error) {
	objects := map[string]string{}
	var names []string
	for _, kind := range []struct {
		sources, prefix string
		object          func(source, text string) (string, error)
	}{
		{rules, "prometheusrule-", prometheusRule},
		{dashboards, "dashboard-", dashboard},
	} {
		sources, err := filepath.Glob(kind.sources)
		if err != nil {
			return nil, err
		}
		if len(sources) == 0 {
			return nil, fmt.Errorf("no files %s", kind.sources)
		}
		for _, source := range sources { // which Glob has sorted
			b, err := os.ReadFile(source)
			if err != nil {
				return nil, err
			}
			object, err := kind.object(source, string(b))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", source, err)
			}
			name := kind.prefix + stem(source) + ".yaml"
			names = append(names, name)
			objects[name] = object
		}
	}
	objects["kustomization.yaml"] = header("alerts/ and dashboards/") +
		"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n" +
		"  - " + strings.Join(names, "\n  - ") + "\n"
	return objects, nil
}

// stem is what a source is called: prisma-health of prisma-health.rules.yml.
func stem(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	return name
}
