package simulation

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A page is what a scrape got, as far as anybody here looks at it.
type page struct {
	text string
	// counters are all series that may only rise, by their name and labels.
	counters map[string]float64
	// values are those of the families that are of interest.
	values map[string][]sample
}

type sample struct {
	labels map[string]string
	value  float64
}

// interesting are the families that invariants look at.
var interesting = map[string]bool{
	"prisma_access_up":                                               true,
	"prisma_access_scrape_collector_success":                         true,
	"prisma_access_scrape_collector_late":                            true,
	"prisma_access_scrape_collector_duration_seconds":                true,
	"prisma_access_scrape_collector_last_success_timestamp_seconds":  true,
	"prisma_access_alert_raised_timestamp_seconds":                   true,
	"prisma_access_alerts":                                           true,
	"prisma_access_alerts_raised_total":                              true,
	"prisma_exporter_credential_valid":                               true,
	"prisma_exporter_breaker_open":                                   true,
	"prisma_exporter_config_last_reload_successful":                  true,
	"prisma_exporter_discovery_success":                              true,
	"prisma_capacity_up":                                             true,
	"prisma_capacity_token_valid":                                    true,
	"prisma_capacity_scrape_resource_success":                        true,
	"prisma_capacity_scrape_resource_late":                           true,
	"prisma_capacity_scrape_resource_duration_seconds":               true,
	"prisma_capacity_scrape_resource_last_success_timestamp_seconds": true,
	"prisma_exporter_api_budget_requests_per_minute":                 true,
}

// parsePage reads the text format. The exporter's own tests look at the format as such; here it is read as simply as can
// be, because it is read a million times.
func parsePage(text string) (*page, error) {
	p := &page{text: text, counters: map[string]float64{}, values: map[string][]sample{}}
	rises := false
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			continue
		}
		if line[0] == '#' {
			if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
				_, kind, _ := strings.Cut(rest, " ")
				rises = kind == "counter" || kind == "histogram"
			}
			continue
		}
		cut := strings.LastIndexByte(line, ' ')
		if cut < 0 {
			return nil, fmt.Errorf("a line without a value: %q", line)
		}
		name, _, _ := strings.Cut(line[:cut], "{")
		if !rises && !interesting[name] {
			continue
		}
		value, err := strconv.ParseFloat(line[cut+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("no value: %q", line)
		}
		if rises {
			if _, twice := p.counters[line[:cut]]; twice {
				return nil, fmt.Errorf("there twice: %q", line)
			}
			p.counters[line[:cut]] = value
		}
		if interesting[name] {
			p.values[name] = append(p.values[name], sample{parseLabels(line[len(name):cut]), value})
		}
	}
	return p, nil
}

// parseLabels reads {name="value",...}. Values with escapes stay as they are: nobody looks at those.
func parseLabels(text string) map[string]string {
	labels := map[string]string{}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")
	for text != "" {
		name, rest, ok := strings.Cut(text, `="`)
		if !ok {
			break
		}
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		labels[name] = rest[:min(end, len(rest))]
		text = strings.TrimPrefix(rest[min(end+1, len(rest)):], ",")
	}
	return labels
}

// value is that of the first series of a family with some labels, given as name, value, name, value.
func (p *page) value(family string, labels ...string) (v float64, there bool) {
	for _, s := range p.values[family] {
		if s.has(labels) {
			return s.value, true
		}
	}
	return 0, false
}

func (s sample) has(labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		if s.labels[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

func instant(seconds float64) time.Time { return time.Unix(0, int64(seconds*1e9)) }
