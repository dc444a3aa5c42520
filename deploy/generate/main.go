// Command generate writes the Kubernetes objects that carry the alert rules and
// the dashboards, and the copies of both in the Helm chart, which cannot reach
// files outside of itself. All of them hold the files of alerts/ and dashboards/
// as they are, so that what a cluster gets is what was tested.
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
	chart      = "../helm/prisma-exporter/files"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write puts the objects and the chart's files in place of those that are there.
func write() error {
	objects, err := render()
	if err != nil {
		return err
	}
	if err := replace(target, "*.yaml", objects); err != nil {
		return err
	}
	for _, sources := range []string{rules, dashboards} {
		files, err := copies(sources)
		if err != nil {
			return err
		}
		if err := replace(copied(sources), "*", files); err != nil {
			return err
		}
	}
	return nil
}

// copied is where the chart has its copies of some sources.
func copied(sources string) string { return filepath.Join(chart, filepath.Base(filepath.Dir(sources))) }

// copies are the texts of some sources by file name.
func copies(sources string) (map[string]string, error) {
	paths, err := filepath.Glob(sources)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files[filepath.Base(path)] = string(b)
	}
	return files, nil
}

// replace writes files into a folder and removes those of a pattern that are
// not among them: their source is gone, and they would be deployed for ever.
func replace(folder, pattern string, files map[string]string) error {
	old, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		return err
	}
	for _, path := range old {
		if _, ok := files[filepath.Base(path)]; ok {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
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
