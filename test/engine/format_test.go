package engine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// testFile is a file of rule tests, with as much of promtool's format as the
// tests use. Anything else in a file is an error.
type testFile struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []testGroup    `yaml:"tests"`
}

type testGroup struct {
	Name       string         `yaml:"name"`
	Interval   model.Duration `yaml:"interval"`
	Series     []inputSeries  `yaml:"input_series"`
	AlertTests []alertTest    `yaml:"alert_rule_test"`
	ExprTests  []exprTest     `yaml:"promql_expr_test"`
}

type alertTest struct {
	EvalTime  model.Duration `yaml:"eval_time"`
	Alertname string         `yaml:"alertname"`
	Alerts    []struct {
		Labels      map[string]string `yaml:"exp_labels"`
		Annotations map[string]string `yaml:"exp_annotations"`
	} `yaml:"exp_alerts"`
}

type exprTest struct {
	EvalTime model.Duration `yaml:"eval_time"`
	Expr     string         `yaml:"expr"`
	Samples  []expSample    `yaml:"exp_samples"`
}

type inputSeries struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type expSample struct {
	Labels string  `yaml:"labels"`
	Value  float64 `yaml:"value"`
}

func readTests(t *testing.T, path string) testFile {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var file testFile
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(file.Tests) == 0 || file.EvaluationInterval == 0 {
		t.Fatalf("%s has %d tests, evaluated every %s", path, len(file.Tests), file.EvaluationInterval)
	}
	var rules []string
	for _, pattern := range file.RuleFiles {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(path), pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no rules %s: %v", path, pattern, err)
		}
		rules = append(rules, found...)
	}
	file.RuleFiles = rules
	for i := range file.Tests {
		group := &file.Tests[i]
		if group.Interval == 0 {
			group.Interval = file.EvaluationInterval
		}
		if len(group.AlertTests)+len(group.ExprTests) == 0 {
			t.Fatalf("%s: %q expects nothing", path, group.Name)
		}
	}
	return file
}

// load is the series with their samples.
func (g testGroup) load(t *testing.T) (loaded []*input) {
	t.Helper()
	for _, s := range g.Series {
		metric, values, err := parser.ParseSeriesDesc(s.Series + " " + s.Values)
		if err != nil {
			t.Fatalf("%s %s: %v", s.Series, s.Values, err)
		}
		one := &input{labels: metric}
		for i, v := range values {
			if !v.Omitted {
				one.samples = append(one.samples, promql.FPoint{T: time.Duration(g.Interval).Milliseconds() * int64(i), F: v.Value})
			}
		}
		loaded = append(loaded, one)
	}
	return loaded
}

// end is the last time that anything is expected at.
func (g testGroup) end() time.Duration {
	var end model.Duration
	for _, c := range g.AlertTests {
		end = max(end, c.EvalTime)
	}
	for _, c := range g.ExprTests {
		end = max(end, c.EvalTime)
	}
	return time.Duration(end)
}

// glob finds files in the folder of what is shipped.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := globFiles(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return found
}

func globFiles(pattern string) ([]string, error) {
	return filepath.Glob(filepath.Join("..", "..", "alerts", pattern))
}
