package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition/pagetest"
)

// started is when the process of a golden began: a moment before it asks.
var started = time.UnixMilli(1795000000000)

// TestGolden polls each collector once for each case of its folder in
// testdata. The answers were made up in the shapes that the API's reference
// shows, and the .prom file beside them is the whole page that they give.
func TestGolden(t *testing.T) {
	for _, d := range Definitions() {
		cases, err := filepath.Glob(filepath.Join("testdata", d.Name, "*.json"))
		if err != nil || len(cases) < 5 {
			t.Fatalf("collector %s has %d cases, and needs ordinary, empty, missing, unknown and hostile: %v", d.Name, len(cases), err)
		}
		for _, file := range cases {
			t.Run(d.Name+"/"+strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(time.Until(started))
					pagetest.Golden(t, strings.TrimSuffix(file, ".json")+".prom", pollFile(t, d, file))
				})
			})
		}
	}
}

// pollFile returns the page of one poll, and the counts of oddities behind it.
func pollFile(t *testing.T, d Definition, file string) []byte {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	metrics := NewMetrics(registry)
	metrics.series["acme"] = map[series]struct{}{} // started, with no counter yet
	builder := exposition.NewBuilder(exposition.Label{Name: "tenant", Value: "acme"}, exposition.Label{Name: "sub_tenant", Value: ""})
	emit := &Emitter{builder: builder, metrics: metrics, tenant: "acme", name: d.Name}
	api := &tally{API: readAnswers(t, file)}
	if err := d.New(testOptions()).Update(context.Background(), api, emit); err != nil {
		t.Fatal(err)
	}
	emit.unread(api)
	own, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := exposition.NewPage(builder.Parts(), own).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func testOptions() Options {
	return Options{
		StateWindow: insights.WindowOver(30 * 24 * time.Hour), TrafficWindow: insights.WindowOver(time.Hour), AlertsLookback: insights.WindowOver(time.Hour),
		MaxAlertSeries: 4, Started: started,
	}
}

// cannedAPI answers from a file: rows by resource, or by resource and what
// tells its queries apart ("tunnel_status 48"), or the word for an error.
type cannedAPI map[string]json.RawMessage

func readAnswers(t *testing.T, file string) cannedAPI {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c cannedAPI
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return c
}

// Query implements insights.API with a decoder of its own, so that a mistake
// of the client's cannot hide here.
func (c cannedAPI) Query(_ context.Context, q insights.Query, next func() insights.Row) (insights.Answer, error) {
	answer, ok := c[q.Resource.Name+" "+variant(q)]
	if !ok {
		answer, ok = c[q.Resource.Name]
	}
	if !ok {
		return insights.Answer{}, fmt.Errorf("nothing is canned for %s %s", q.Resource.Name, variant(q))
	}
	var word string
	if json.Unmarshal(answer, &word) == nil {
		return insights.Answer{}, map[string]error{
			"missing": insights.ErrMissing, "unlicensed": insights.ErrUnlicensed, "unavailable": insights.ErrUnavailable,
			"forbidden": &insights.Error{Kind: insights.ErrForbidden, Status: 403, Code: "REST10005"},
		}[word]
	}
	var elements []any
	if err := json.Unmarshal(answer, &elements); err != nil {
		return insights.Answer{}, err
	}
	a := insights.Answer{Truncated: len(elements) == insights.MaxRows}
	for _, e := range elements {
		row, ok := e.(map[string]any)
		if !ok {
			a.Odd++
			continue
		}
		a.Rows++
		fill(next(), row)
	}
	return a, nil
}

// variant is what tells queries of one resource apart.
func variant(q insights.Query) string {
	switch q.Resource.Name {
	case "edge_location_current_status":
		return q.Properties[0].Name
	case "tunnel_status":
		return fmt.Sprint(q.Filter.Rules[0].Values[0])
	case "incidents_search":
		return q.Variant
	}
	return ""
}

func fill(row insights.Row, members map[string]any) {
	for name, value := range members {
		switch target := row.Column(name).(type) {
		case *string:
			if s, ok := value.(string); ok {
				*target = insights.Clean(s)
			}
		case *insights.Word:
			if s, ok := value.(string); ok {
				*target = insights.Word(insights.Clean(s))
			}
		case *insights.Number:
			if f, ok := value.(float64); ok {
				*target = insights.Number{Value: f, Valid: true}
			}
		case *insights.Scalar:
			switch v := value.(type) {
			case float64:
				target.Number = insights.Number{Value: v, Valid: true}
			case string:
				target.Text = insights.Clean(v)
			}
		case func() insights.Row:
			list, _ := value.([]any)
			for _, element := range list {
				if members, ok := element.(map[string]any); ok {
					fill(target(), members)
				}
			}
		case *insights.Bool:
			target.Value, target.Valid = value.(bool)
		case *insights.Texts:
			list, _ := value.([]any)
			for _, element := range list {
				if s, ok := element.(string); ok {
					*target = append(*target, insights.Clean(s))
				}
			}
		case *insights.Time:
			if f, ok := value.(float64); ok {
				target.Time = time.UnixMilli(int64(f))
			} else if s, ok := value.(string); ok {
				target.Time, _ = time.Parse(time.DateTime, s)
			}
		case insights.Row:
			var inner map[string]any
			if members, ok := value.(map[string]any); ok {
				fill(target, members)
			} else if s, ok := value.(string); ok && json.Unmarshal([]byte(s), &inner) == nil {
				fill(target, inner)
			}
		}
	}
}

// TestErrors: what a resource lacks leaves the rest alone, and what fails
// fails the poll.
func TestErrors(t *testing.T) {
	for _, d := range Definitions() {
		resources := map[string]bool{}
		record := recorder{&sync.Mutex{}, resources}
		emit := &Emitter{builder: exposition.NewBuilder(), metrics: NewMetrics(prometheus.NewRegistry())}
		if err := d.New(testOptions()).Update(context.Background(), record, emit); err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		for _, r := range d.ResourceNames() {
			if !resources[r] && r != "alerts_list" { // which is asked for when another is missing
				t.Errorf("%s is said to ask for %s", d.Name, r)
			}
		}
		for broken := range resources {
			if !slices.Contains(d.ResourceNames(), broken) {
				t.Errorf("%s asks for %s, which is not among its resources", d.Name, broken)
			}
			lacks := map[string]error{"missing": nil, "unlicensed": nil, "forbidden": nil, "unavailable": insights.ErrUnavailable}
			if d.Name == "alerts" { // a poll that is good says that all is cleared
				lacks["missing"], lacks["unlicensed"], lacks["forbidden"] = insights.ErrMissing, insights.ErrUnlicensed, insights.ErrForbidden
			}
			for word, wantErr := range lacks {
				t.Run(d.Name+"/"+broken+"/"+word, func(t *testing.T) {
					canned := cannedAPI{}
					for r := range resources {
						canned[r] = json.RawMessage(`[]`)
					}
					canned["alerts_list"] = json.RawMessage(`"missing"`)
					canned[broken] = json.RawMessage(`"` + word + `"`)
					err := d.New(testOptions()).Update(context.Background(), canned, emit)
					if !errors.Is(err, wantErr) {
						t.Errorf("got error %v, want %v", err, wantErr)
					}
				})
			}
		}
	}
}

// recorder answers nothing and notes what was asked.
type recorder struct {
	*sync.Mutex
	seen map[string]bool
}

func (r recorder) Query(_ context.Context, q insights.Query, _ func() insights.Row) (insights.Answer, error) {
	r.Lock()
	defer r.Unlock()
	r.seen[q.Resource.Name] = true
	return insights.Answer{}, nil
}
