package deploy

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/prisma-exporter/prisma_exporter/internal/cli"
)

const chart = "../../deploy/helm/prisma-exporter"

var update = flag.Bool("update", false, "write the golden files anew")

// values are those of a file in the chart's ci/, or none.
func values(t *testing.T, file string) map[string]any {
	t.Helper()
	v := map[string]any{}
	if file == "" {
		return v
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = loader.LoadValues(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return v
}

// render is what the chart makes of values, as one text, and its notes.
func render(t *testing.T, v map[string]any) (text, notes string, err error) {
	t.Helper()
	c, err := loader.Load(chart)
	if err != nil {
		t.Fatal(err)
	}
	options := common.ReleaseOptions{Name: "prisma-exporter", Namespace: "monitoring", Revision: 1, IsInstall: true}
	all, err := util.ToRenderValues(c, v, options, nil)
	if err != nil {
		return "", "", err
	}
	files, err := engine.Render(c, all)
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(files[name]), "---"))
		switch {
		case strings.HasSuffix(name, "NOTES.txt"):
			notes = files[name]
		case content != "" && !strings.HasSuffix(name, ".tpl"):
			b.WriteString("---\n# " + strings.TrimPrefix(name, "prisma-exporter/templates/") + "\n" + content + "\n")
		}
	}
	return b.String(), notes, nil
}

// short leaves out of a text what is in alerts/ and dashboards/: it changes for
// reasons of its own, and TestFilesOfTheChart compares it.
func short(text string) string {
	var b strings.Builder
	skip := ""
	for line := range strings.Lines(text) {
		if skip != "" && (strings.HasPrefix(line, skip) || line == "\n") {
			continue
		}
		skip = ""
		b.WriteString(line)
		switch {
		case strings.HasSuffix(line, ".json: |\n"):
			skip = "    "
		case line == "spec:\n" && strings.Contains(lastDocument(b.String()), "kind: PrometheusRule"):
			skip = "  "
		}
		if skip != "" {
			b.WriteString(skip + "# left out\n")
		}
	}
	return b.String()
}

func lastDocument(text string) string { return text[strings.LastIndex(text, "\n---\n")+1:] }

func cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(chart + "/ci/*-values.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	return files
}

// TestChart renders each case, compares it with what it was, and reads it as a
// cluster, an operator and the exporter would.
func TestChart(t *testing.T) {
	for _, file := range cases(t) {
		name := strings.TrimSuffix(filepath.Base(file), "-values.yaml")
		t.Run(name, func(t *testing.T) {
			text, notes, err := render(t, values(t, file))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, short(text)+"---\n# NOTES.txt\n"+indented(notes))
			all := objects(t, text)
			runnable(t, all)
			for _, message := range lint.RunAll(chart, values(t, file), "monitoring").Messages {
				if message.Severity > support.InfoSev {
					t.Error(message)
				}
			}
		})
	}
}

// indented is a text as a comment.
func indented(text string) string {
	return "# " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n# ") + "\n"
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden.yaml")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s is not what the chart renders (%v): look at `git diff` after `make helm UPDATE=1`", path, err)
	}
}

// runnable starts the exporter, as far as its flags and its configuration, as
// the deployment would.
func runnable(t *testing.T, all map[string]any) {
	t.Helper()
	args := arguments(t, all)
	options, err := cli.Parse(args)
	if err != nil {
		t.Fatalf("the exporter refuses %q: %v", args, err)
	}
	if _, err := options.Configuration.Read(); err != nil && !options.Demo {
		t.Errorf("the exporter refuses its configuration: %v", err)
	}
}

// arguments are those of the exporter in the one deployment, with the file that
// the deployment mounts. The variables of the container are set.
func arguments(t *testing.T, all map[string]any) []string {
	t.Helper()
	var d *appsv1.Deployment
	for _, o := range all {
		if found, ok := o.(*appsv1.Deployment); ok {
			d = found
		}
	}
	if d == nil || *d.Spec.Replicas != 1 || d.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType {
		t.Fatalf("no deployment with one replica that is made anew: %v", d)
	}
	pod := d.Spec.Template.Spec
	container := pod.Containers[0]
	for _, env := range container.Env {
		t.Setenv(env.Name, env.Value)
	}
	args := slices.Clone(container.Args)
	for i, arg := range args {
		if path, ok := strings.CutPrefix(arg, "--config.file="); ok {
			args[i] = "--config.file=" + configuration(t, all, mounted(t, pod, filepath.Dir(path)), filepath.Base(path))
		}
	}
	return args
}

// mounted is the name of the ConfigMap that a pod mounts at a path.
func mounted(t *testing.T, pod corev1.PodSpec, path string) string {
	t.Helper()
	for _, m := range pod.Containers[0].VolumeMounts {
		for _, v := range pod.Volumes {
			if m.MountPath == path && v.Name == m.Name && v.ConfigMap != nil {
				return v.ConfigMap.Name
			}
		}
	}
	t.Fatalf("nothing is mounted at %s", path)
	return ""
}

// configuration writes a configuration file of a ConfigMap, or any where the
// ConfigMap is not among the objects.
func configuration(t *testing.T, all map[string]any, name, key string) string {
	t.Helper()
	text := "tenants: [{name: a, tenant_id: 1, region: eu, api_key_file: a.key}]\n"
	if m, ok := all["ConfigMap/"+name].(*corev1.ConfigMap); ok {
		if text, ok = m.Data[key]; !ok {
			t.Fatalf("ConfigMap %s has no %s", name, key)
		}
	}
	path := filepath.Join(t.TempDir(), "tenants.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestChartNeedsValues: what has to be said is asked for, by its name.
func TestChartNeedsValues(t *testing.T) {
	for text, want := range map[string]string{
		"{}":                              "Set exactly one of tenant.id, config, existingConfigMap.name and demo, which configure what the exporter watches. Currently set: none",
		"{tenant: {id: '1'}, demo: true}": "Currently set: demo, tenant",
		"{tenant: {id: '1', region: eu}}": "Set exactly one of credentials.existingSecret, credentials.externalSecret.enabled and credentials.csi.secretProviderClass",
		"{tenant: {id: '1', region: eu}, credentials: {existingSecret: a, csi: {secretProviderClass: b}}}": "Currently set: existing, csi",
		"{tenant: {id: '1'}, credentials: {existingSecret: a}}":                                            "Set tenant.region to the region of the tenant",
		"{tenant: {id: '1', region: eu, api: v3}, credentials: {existingSecret: a}}":                       "Set tenant.clientId to the client ID",
		"{tenant: {id: 1}}":                                                          "tenant/id",
		"{config: {tenant: []}}":                                                     "additional properties 'tenant' not allowed",
		"{demo: true, replicas: 2}":                                                  "replicas",
		"{demo: true, autoscaling: {enabled: true}}":                                 "additional properties 'autoscaling' not allowed",
		"{demo: true, prometheusRule: {enabled: true, files: [prisma]}}":             "this chart has no rules named \"prisma\"",
		"{demo: true, serviceMonitor: {enabled: true}, podMonitor: {enabled: true}}": "Enable one of serviceMonitor and podMonitor",
		"{demo: true, credentials: {externalSecret: {enabled: true}}}":               "Set credentials.externalSecret.secretStoreRef",
	} {
		v := map[string]any{}
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if _, _, err := render(t, v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error about %q", text, err, want)
		}
	}
	text, _, err := render(t, map[string]any{"demo": true})
	if err != nil {
		t.Fatal(err)
	}
	runnable(t, objects(t, text))
}

// TestFilesOfTheChart: the rules and dashboards of a release are those of the
// sources, in every letter that counts.
func TestFilesOfTheChart(t *testing.T) {
	text, _, err := render(t, values(t, chart+"/ci/everything-values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for pattern, indent := range map[string]string{"../../alerts/*.rules.yml": "  ", "../../dashboards/*.json": "    "} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source := strings.TrimSpace(strings.TrimPrefix(string(b), "---\n"))
			if !strings.Contains(unindented(text, indent), source) {
				t.Errorf("%s is not in what the chart renders", file)
			}
		}
	}
}

// unindented moves the lines of a text to the left. Helm indents empty ones too.
func unindented(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimPrefix(line, by))
	}
	return b.String()
}

// TestChartVersion: chart, image and exporter have one version.
func TestChartVersion(t *testing.T) {
	version, err := os.ReadFile("../../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	c, err := loader.Load(chart)
	if err != nil {
		t.Fatal(err)
	}
	if v := strings.TrimSpace(string(version)); c.Metadata.Version != v || c.Metadata.AppVersion != "v"+v {
		t.Errorf("the chart has version %s and appVersion %s, VERSION says %s", c.Metadata.Version, c.Metadata.AppVersion, v)
	}
}
