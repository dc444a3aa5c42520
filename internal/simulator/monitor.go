package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// monitorHead is what the paths of Aggregate Monitoring begin with.
const monitorHead = "/mt/monitor/v1/agg/"

// A monitor is an operation of Aggregate Monitoring, which tells the account of a TSG of all below it.
type monitor struct {
	name   string
	method string
	// columns are the properties that it knows, and filtered says that it wants a filter.
	columns  []string
	filtered bool
	// rows are those of one tenant at a time.
	rows func(t *tenant, q *monitorQuery, at time.Time) []record
}

// monitors are the operations that there are, by their paths behind the head.
var monitors = map[string]*monitor{
	"custom/tenant/hierarchy": {name: "aggregate_hierarchy", method: http.MethodGet},
	"alerts/list": {
		name: "aggregate_alerts", method: http.MethodPost, filtered: true, rows: alertCounts,
		columns: []string{"sub_tenant_id", "total_count", "mu_count", "rn_count", "sc_count"},
	},
	"incidents/tenants": {
		name: "aggregate_incidents", method: http.MethodPost, filtered: true, rows: incidentCounts,
		columns: []string{"sub_tenant_id", "total_count", "critical_count", "warning_count"},
	},
	"serviceConnectivity": {
		name: "aggregate_sites", method: http.MethodPost, filtered: true, rows: siteCounts,
		columns: []string{"sub_tenant_id", "node_type", "site_state_name", "site_name"},
	},
	"serviceConnectivity/gatewayStatus": {
		name: "aggregate_gateways", method: http.MethodPost, rows: gatewayCounts,
		columns: []string{"sub_tenant_id", "status", "gateway_count"},
	},
	"upgrades/list": {
		name: "aggregate_upgrades", method: http.MethodPost, filtered: true, rows: upgradesOf,
		columns: []string{
			"tenant_id", "sub_tenant_id", "current_version", "candidate_release_list", "customer_onboarded_locations", "upgrade_ts", "time_window",
			"compute_timezone", "upgrade_type", "upgrade_version", "status",
		},
	},
	"custom/license/quota": {name: "aggregate_licenses", method: http.MethodGet, rows: quotaOf},
}

// monitorQuery is the body of a call.
type monitorQuery struct {
	Properties []struct {
		Property string `json:"property"`
		Alias    string `json:"alias"`
		Function string `json:"function"`
	} `json:"properties"`
	Filter *struct {
		Rules []struct {
			Property string `json:"property"`
			Operator string `json:"operator"`
			Values   []any  `json:"values"`
		} `json:"rules"`
	} `json:"filter"`
}

// read understands a body, which a GET has none of. A property that is wrong or missing was met with a bare 400.
func (m *monitor) read(body []byte) (*monitorQuery, bool) {
	var q monitorQuery
	if m.method == http.MethodGet {
		return nil, true
	}
	if _, no := readMembers(body, "the query", "properties", "filter", "count", "histogram"); no != nil {
		return nil, false
	}
	if json.Unmarshal(body, &q) != nil || len(q.Properties) == 0 || m.filtered && q.Filter == nil {
		return nil, false
	}
	for _, p := range q.Properties {
		if !slices.Contains(m.columns, p.Property) {
			return nil, false
		}
	}
	return &q, true
}

// values are what a rule on a column compares with, as text, or nothing without a rule.
func (q *monitorQuery) values(column string) []string {
	var texts []string
	if q.Filter == nil {
		return nil
	}
	for _, r := range q.Filter.Rules {
		if r.Property != column {
			continue
		}
		for _, v := range r.Values {
			text, isText := v.(string)
			if n, isNumber := v.(float64); isNumber {
				text = strconv.FormatFloat(n, 'f', -1, 64)
			}
			if isText || text != "" {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// since is when the window of days on a column begins, a week long without a rule.
func (q *monitorQuery) since(column string, at time.Time) time.Time {
	days := 7
	if v := q.values(column); len(v) == 1 {
		if n, err := strconv.Atoi(v[0]); err == nil {
			days = n
		}
	}
	return at.AddDate(0, 0, -days)
}

// wanted leaves in a row what the query names, which is all where there is none.
func (q *monitorQuery) wanted(r record) record {
	if q == nil {
		return r
	}
	kept := record{}
	for _, p := range q.Properties {
		name := p.Property
		if p.Alias != "" {
			name = p.Alias
		}
		if v, there := r[p.Property]; there {
			kept[name] = v
		}
	}
	return kept
}

// serveMonitor answers a call of Aggregate Monitoring: in a bare list or, every other time, in an envelope. A region that
// is none is refused, and one without a tenant of the caller has no rows. A parameter agg_by that is left out leaves the
// TSG of the token alone.
func (s *Simulator) serveMonitor(w http.ResponseWriter, r *http.Request, to route, body []byte, f *Fault) {
	c, ok := s.bearer(w, r, true)
	if !ok {
		return
	}
	if to.monitor.rows == nil {
		var answer any = s.hierarchyOf(c.TSG)
		if s.lists.Add(1)%2 == 0 {
			answer = []any{answer}
		}
		newAnswer(answer).write(w, r, f)
		return
	}
	word := r.Header.Get("X-PANW-Region")
	if word == "" {
		word = regions[0]
	}
	q, ok := to.monitor.read(body)
	if !ok || !slices.Contains(regions, word) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	at := s.clock.now().Add(-s.aggregateDelay)
	rows := []record{}
	for _, t := range s.tenantsBelow(c.TSG, r.URL.Query().Get("agg_by") == "tenant") {
		if t.Region != word {
			continue
		}
		for _, one := range to.monitor.rows(t, q, at) {
			rows = append(rows, q.wanted(one))
		}
	}
	rows = f.disturbRows(rows)
	if s.lists.Add(1)%2 == 0 {
		n := len(rows)
		newAnswer(envelope{header{CreatedAt: s.clock.now().UTC().Format(time.RFC3339), DataCount: &n, RequestID: "aggregate", Status: &status{200}}, rows}).write(w, r, f)
		return
	}
	newAnswer(rows).write(w, r, f)
}

// tenantsBelow are the tenants of a TSG and, if asked for, of all below it.
func (d *directory) tenantsBelow(tsg string, all bool) []*tenant {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var found []*tenant
	for _, one := range d.groups {
		for at := d.accounts[one]; at != nil; at = d.accounts[at.Parent] {
			if at.TSG == tsg {
				if t := d.accounts[one].tenant; t != nil && (all || one == tsg) {
					found = append(found, t)
				}
				break
			}
		}
	}
	return found
}

// monitorOf is the operation of a path, or nil.
func monitorOf(path string) *monitor {
	rest, ok := strings.CutPrefix(path, monitorHead)
	if !ok {
		return nil
	}
	return monitors[rest]
}
