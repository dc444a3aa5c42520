package test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// exchange is one question to the API and the rows of its answer, as they came.
type exchange struct {
	subTenant, resource string
	request             map[string]any
	rows                []row
	// total is how many rows the answer says that there are on all pages, and at
	// when it was.
	total int
	at    time.Time
}

type row map[string]any

// oracle says what a page has to show of answers. It is written from the
// reference of the API and from what the metrics are documented to mean, knows
// nothing of how the exporter reads an answer, and takes the slow and plain way.
type oracle struct {
	series map[string]float64
	scope  []string
}

// expected are the series of a tenant after one poll.
func expected(tenant string, exchanges []exchange) map[string]float64 {
	o := &oracle{series: map[string]float64{}}
	for _, x := range exchanges {
		o.scope = []string{"tenant", tenant, "sub_tenant", x.subTenant}
		switch x.resource {
		case "prisma_sase_external_alerts_current":
			o.alerts(x.rows)
		case "edge_location_current_status", "noc_location_list_rn_sc":
			o.locations(x)
		case "rn_list":
			o.sites(x, "remote_network", map[int64]string{0: "down", 1: "up", 2: "warning"})
		case "sc_list":
			o.sites(x, "service_connection", map[int64]string{2: "up", 3: "down"})
		case "tunnel_list":
			o.tunnels(x)
		case "connected_user_count", "current_connected_user_count":
			if len(x.rows) > 0 {
				o.number("prisma_access_mobile_users_connected", x.rows[0], "user_count", 1)
			}
		case "current_connected_user_list":
			o.users(x.rows)
		case "location_gp_mobile_users_logins":
			for _, r := range o.newest(x.rows, "edge_location_display_name") {
				if text(r, "edge_location_display_name") != "no_data" {
					o.number("prisma_access_mobile_users_unique", r, "unique_users", 1, "location", text(r, "edge_location_display_name"))
				}
			}
		case "rn_bandwidth_allocated":
			if len(x.rows) > 0 {
				o.number("prisma_access_bandwidth_allocated_bytes_per_second", x.rows[0], "allocated_bw", 125)
				o.number("prisma_access_bandwidth_allocated_aggregate_bytes_per_second", x.rows[0], "allocated_aggregated_bw", 125)
			}
		case "location_rn_bandwidth", "location_sc_bandwidth":
			kind := map[string]string{"location_rn_bandwidth": "remote_network", "location_sc_bandwidth": "service_connection"}[x.resource]
			location := "location_name"
			if slices.ContainsFunc(x.rows, func(r row) bool { return r["edge_location_display_name"] != nil }) { // as 3.0 has it
				location = "edge_location_display_name"
			}
			for _, r := range o.newest(x.rows, location) {
				if labels := []string{"location", text(r, location), "node_type", kind}; labels[1] != "no_data" {
					o.number("prisma_access_location_bandwidth_consumption", r, "total_consumption", 1, labels...)
					o.number("prisma_access_location_bandwidth_peak_consumption", r, "peak_consumption", 1, labels...)
					o.number("prisma_access_location_sites_up", r, "rn_sites_up", 1, labels...)
					o.number("prisma_access_location_sites_up", r, "sc_sites_up", 1, labels...)
				}
			}
		case "tunnel_status":
			o.totals(x)
		case "licenses":
			o.licenses(x)
		}
	}
	for subTenant, pages := range searches(exchanges) {
		o.scope = []string{"tenant", tenant, "sub_tenant", subTenant}
		o.incidents(pages)
	}
	return o.series
}

// put puts a series onto the page.
func (o *oracle) put(name string, value float64, labels ...string) {
	o.series[seriesName(name, slices.Concat(o.scope, labels))] = value
}

// seriesName is a series with its labels, in pairs, in their order.
func seriesName(name string, labels []string) string {
	var pairs []string
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
	}
	slices.Sort(pairs)
	return name + "{" + strings.Join(pairs, ",") + "}"
}

// number puts a column onto the page, unless it is missing, or below zero, where no
// figure is that is measured.
func (o *oracle) number(name string, r row, column string, factor float64, labels ...string) {
	if v, ok := number(r, column); ok && v >= 0 {
		o.put(name, v*factor, labels...)
	}
}

// state puts a state onto the page: by its name where the row has one, else by
// its number.
func (o *oracle) state(name, state string, states []string, labels ...string) {
	if state == "" {
		return
	}
	for _, s := range states {
		value := 0.0
		if s == state {
			value = 1
		}
		o.put(name, value, append(slices.Clone(labels), "state", s)...)
	}
}

// stateOf reads a state as one of some words, of which "unknown" is one.
func stateOf(r row, name, numbered string, states []string, numbers map[int64]string) string {
	word := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text(r, name))), " ", "_")
	if _, quoted := number(row{name: word}, name); word == "" || quoted {
		if quoted {
			r = row{numbered: word}
		}
		v, ok := number(r, numbered)
		if !ok {
			return ""
		}
		word = numbers[int64(v)]
		if float64(int64(v)) != v {
			word = ""
		}
	}
	if !slices.Contains(states, word) {
		return "unknown"
	}
	return word
}

// worst is the one of two states to believe.
func worst(a, b string) string {
	order := []string{"", "up", "not_configured", "unknown", "init", "inactive", "warning", "down"}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}

var (
	oracleSites     = []string{"up", "down", "warning", "unknown"}
	oracleInstances = []string{"up", "down", "inactive", "unknown"}
	oracleTunnels   = []string{"up", "down", "inactive", "init", "unknown"}
	oracleMonitors  = []string{"up", "down", "not_configured", "unknown"}
)

func (o *oracle) alerts(rows []row) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return strings.EqualFold(text(r, "severity"), "Notification") })
	counts := map[[3]string]float64{}
	for id, r := range openOf(rows, "alert_id", "state") {
		severity, category := word(r, "severity"), word(r, "category")
		state := map[string]string{"raised": "raised", "raisedchild": "raised_child"}[strings.ToLower(text(r, "state"))]
		state = cmp.Or(state, "unknown")
		counts[[3]string{severity, category, state}]++
		o.put("prisma_access_alert_raised_timestamp_seconds", raisedAt(r), "alert_id", id, "prisma_severity", severity, "category", category, "code", text(r, "code"), "state", state)
		first, second := object(r, "Primary_Impacted_Objects"), object(r, "related_objects")
		o.put("prisma_access_alert_info", 1, "alert_id", id, "message", text(r, "Alert_Name"), "site", text(first, "site_name"),
			"tunnel", cmp.Or(text(first, "tunnel_name"), text(second, "tunnel_name")),
			"location", cmp.Or(text(first, "location"), text(second, "location")),
			"bgp_peer", cmp.Or(text(first, "bgp_peer_name"), text(second, "bgp_peer_name")))
	}
	for k, n := range counts {
		o.put("prisma_access_alerts", n, "prisma_severity", k[0], "category", k[1], "state", k[2])
	}
}

// raisedAt is when an event was raised or, where that is not told, when it changed
// last. firstSeen stands for the time of the poll.
func raisedAt(r row) float64 {
	for _, column := range []string{"raised_time", "updated_time"} {
		if at, ok := instant(r, column); ok {
			return at / 1000
		}
	}
	return firstSeen
}

const firstSeen = -1

// openOf are what is open of events, by their ID. Of the same event the row that
// changed last counts, and of several open ones with an ID the newest.
func openOf(rows []row, id, status string) map[string]row {
	isOpen := func(r row) bool { return !strings.EqualFold(text(r, status), "Cleared") }
	byEvent := map[string]row{}
	for _, r := range rows {
		if text(r, id) == "" {
			continue
		}
		raised, _ := instant(r, "raised_time")
		key := fmt.Sprint(text(r, id), "\x00", raised)
		before, there := byEvent[key]
		was, _ := instant(before, "updated_time")
		now, _ := instant(r, "updated_time")
		if !there || now > was || now == was && isOpen(r) && !isOpen(before) {
			byEvent[key] = r
		}
	}
	open := map[string]row{}
	for _, r := range byEvent {
		was, _ := instant(open[text(r, id)], "raised_time")
		now, _ := instant(r, "raised_time")
		if isOpen(r) && (open[text(r, id)] == nil || now > was) {
			open[text(r, id)] = r
		}
	}
	return open
}

// word is a word of an open set, spelled as it is known.
func word(r row, column string) string {
	known := []string{
		"Critical", "High", "Medium", "Low", "Informational", "RN", "SC", "MU", "EP", "DNS", "GP", "GATEWAY", "PORTAL",
		"ZTNA", "Security", "Authentication", "Certificates", "Application Experience", "Prisma Access Infrastructure",
	}
	is := text(r, column)
	for _, k := range known {
		if strings.EqualFold(k, is) {
			return k
		}
	}
	return cmp.Or(is, "unknown")
}

func (o *oracle) locations(x exchange) {
	for column, kind := range map[string]string{
		"mu_state_instance": "mobile_users", "rn_state_instance": "remote_network", "sc_state_instance": "service_connection", "ep_state_instance": "explicit_proxy",
		"rn_status": "remote_network", "sc_status": "service_connection",
	} {
		if !asksFor(x, column) {
			continue
		}
		found := map[string]string{}
		for _, r := range x.rows {
			if at := text(r, "edge_location_display_name"); at != "" && at != "no_data" {
				found[at] = worst(found[at], stateOf(r, column, column, oracleSites, map[int64]string{0: "down", 1: "up", 2: "warning"}))
			}
		}
		for at, state := range found {
			o.state("prisma_access_location_state", state, oracleSites, "location", at, "node_type", kind)
		}
	}
}

// asksFor reports whether a query names a column.
func asksFor(x exchange, column string) bool {
	list, _ := x.request["properties"].([]any)
	return slices.ContainsFunc(list, func(p any) bool {
		property, _ := p.(map[string]any)
		return property["property"] == column
	})
}

// isTraffic reports whether a query is about the short window of traffic.
func isTraffic(x exchange) bool {
	filter, _ := x.request["filter"].(map[string]any)
	rules, _ := filter["rules"].([]any)
	for _, rule := range rules {
		if rule, _ := rule.(map[string]any); rule["property"] == "event_time" {
			return rule["operator"] != "last_n_days"
		}
	}
	return false
}

func place(location string) string {
	if location == "no_data" {
		return ""
	}
	return location
}

// sameThing gathers rows by what they are about.
func sameThing(rows []row, identity string, key func(row) string) map[string][]row {
	things := map[string][]row{}
	for _, r := range rows {
		if text(r, identity) != "" {
			things[key(r)] = append(things[key(r)], r)
		}
	}
	return things
}

// newest makes one row of those with one name: the later figures count.
func (o *oracle) newest(rows []row, identity string) []row {
	var all []row
	for _, same := range sameThing(rows, identity, func(r row) string { return text(r, identity) }) {
		all = append(all, figures(same))
	}
	return all
}

// figures is the last of some rows, with the figures of earlier ones where it
// has none itself.
func figures(rows []row) row {
	last := maps.Clone(rows[len(rows)-1])
	for i := len(rows) - 2; i >= 0; i-- {
		for column := range rows[i] {
			if _, ok := number(last, column); ok {
				continue
			}
			if v, ok := number(rows[i], column); ok && column != "event_time" && !strings.HasSuffix(column, "_state") {
				last[column] = v
			}
		}
	}
	return last
}

func (o *oracle) sites(x exchange, kind string, numbers map[int64]string) {
	things := sameThing(x.rows, "site_name", func(r row) string {
		return text(r, "site_name") + "\x00" + place(text(r, "edge_location_display_name"))
	})
	for _, same := range things {
		slices.SortStableFunc(same, func(a, b row) int {
			at, _ := instant(a, "event_time")
			bt, _ := instant(b, "event_time")
			return cmp.Compare(at, bt)
		})
		r := figures(same)
		labels := []string{"site", text(r, "site_name"), "node_type", kind, "location", place(text(r, "edge_location_display_name"))}
		if isTraffic(x) {
			with := func(direction string) []string { return append(slices.Clone(labels), "direction", direction) }
			o.number("prisma_access_site_throughput_bytes_per_second", r, "avg_throughput", 125, with("")...)
			o.number("prisma_access_site_peak_throughput_bytes_per_second", r, "peak_throughput", 125, with("")...)
			o.number("prisma_access_site_throughput_bytes_per_second", r, "avg_ingress", 125, with("ingress")...)
			o.number("prisma_access_site_throughput_bytes_per_second", r, "avg_egress", 125, with("egress")...)
			continue
		}
		state, instance := "", ""
		for _, one := range same {
			state = worst(state, stateOf(one, "site_state_name", "site_state", oracleSites, numbers))
			instance = worst(instance, stateOf(one, "instance_state_name", "instance_state", oracleInstances, map[int64]string{0: "down", 1: "up", 2: "inactive"}))
		}
		o.state("prisma_access_site_state", state, oracleSites, labels...)
		o.state("prisma_access_site_instance_state", instance, oracleInstances, labels...)
		o.number("prisma_access_site_tunnels", r, "site_all_tunnels", 1, labels...)
		o.number("prisma_access_site_tunnels_up", r, "site_up_tunnels", 1, labels...)
		o.number("prisma_access_site_capacity_bytes_per_second", r, "site_capacity", 125, labels...)
		o.number("prisma_access_site_aggregate_capacity_bytes_per_second", r, "site_aggregate_capacity", 125, labels...)
		o.number("prisma_access_site_disconnections", r, "site_disconnection", 1, labels...)
		o.number("prisma_access_site_disconnected_seconds", r, "site_connection_duration", 1e-3, labels...)
		if at, ok := instant(same[len(same)-1], "event_time"); ok {
			o.put("prisma_access_site_last_event_timestamp_seconds", at/1000, labels...)
		}
		o.bgp(same, r, labels)
		o.put("prisma_access_site_info", 1, slices.Concat(labels, []string{
			"compute_location", cmp.Or(text(r, "compute_location_display_name"), text(r, "compute_location")), "cloud_provider", text(r, "cloud_provider"),
			"cloud_region", text(r, "cloud_region_name"), "ipsec_node", text(r, "ipsec_node"), "public_ip", text(r, "instance_public_ip"),
		})...)
	}
}

func (o *oracle) tunnels(x exchange) {
	kindOf := func(r row) string {
		if v, ok := number(r, "node_type"); ok {
			if kind := map[float64]string{47: "hub", 48: "remote_network", 49: "mobile_users", 50: "mobile_user_portal", 51: "service_connection", 153: "explicit_proxy"}[float64(int64(v))]; kind != "" {
				return kind
			}
		}
		kind := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text(r, "node_type_name"))), " ", "_")
		return cmp.Or(map[string]string{"": "unknown", "firewall/remote_network": "remote_network"}[kind], kind)
	}
	labelsOf := func(r row) []string {
		return []string{
			"tunnel", text(r, "tunnel_name"), "site", text(r, "site_name"), "node_type", kindOf(r),
			"location", place(text(r, "edge_location_display_name")), "instance_name", text(r, "instance_name"),
		}
	}
	for _, same := range sameThing(x.rows, "tunnel_name", func(r row) string { return fmt.Sprintf("%q", labelsOf(r)) }) {
		r, labels := figures(same), labelsOf(same[0])
		if isTraffic(x) {
			o.number("prisma_access_tunnel_throughput_bytes_per_second", r, "avg_throughput", 125, labels...)
			o.number("prisma_access_tunnel_peak_throughput_bytes_per_second", r, "peak_throughput", 125, labels...)
			continue
		}
		state, monitor := "", ""
		for _, one := range same {
			state = worst(state, stateOf(one, "tunnel_state_name", "tunnel_state", oracleTunnels, map[int64]string{0: "init", 1: "up", 2: "inactive", 3: "down"}))
			monitor = worst(monitor, stateOf(one, "tunnel_monitoring_state_name", "tunnel_monitoring_state", oracleMonitors, map[int64]string{0: "down", 1: "up", 2: "not_configured"}))
		}
		o.state("prisma_access_tunnel_state", state, oracleTunnels, labels...)
		o.state("prisma_access_tunnel_monitor_state", monitor, oracleMonitors, labels...)
		o.number("prisma_access_tunnel_disconnections", r, "tunnel_disconnection", 1, labels...)
		o.number("prisma_access_tunnel_connection_duration_seconds", r, "tunnel_connection_duration", 1e-3, labels...)
	}
}

func (o *oracle) users(rows []row) {
	seen := map[string]bool{}
	for _, r := range rows {
		n, ok := number(r, "num_connections")
		ok = ok && n >= 0
		key := fmt.Sprintf("%q %q %q %q %v", text(r, "gpuser_name"), text(r, "user_location"), text(r, "user_location_country"), text(r, "pa_location"), n)
		if !ok || seen[key] && text(r, "gpuser_name") != "" {
			continue
		}
		seen[key] = true
		name := seriesName("prisma_access_mobile_users_connections", slices.Concat(o.scope, []string{"location", place(text(r, "pa_location")), "country", text(r, "user_location_country")}))
		o.series[name] += n
	}
}

// totals are those of the newest bucket that has a figure.
func (o *oracle) totals(x exchange) {
	kind := "remote_network"
	if strings.Contains(fmt.Sprint(x.request["filter"]), "51") {
		kind = "service_connection"
	}
	var newest row
	latest := -1.0
	for _, r := range x.rows {
		at, ok := instant(r, "histogram_time")
		if !ok {
			at, _ = instant(r, "event_time")
		}
		for _, column := range []string{"avg_ingress", "avg_egress", "peak_ingress", "peak_egress"} {
			if _, ok := number(r, column); ok && at > latest {
				newest, latest = r, at
			}
		}
	}
	for _, direction := range []string{"ingress", "egress"} {
		o.number("prisma_access_bandwidth_bytes_per_second", newest, "avg_"+direction, 125, "node_type", kind, "direction", direction)
		o.number("prisma_access_bandwidth_peak_bytes_per_second", newest, "peak_"+direction, 125, "node_type", kind, "direction", direction)
	}
}

// object is a column that is an object, or a text that holds one.
func object(r row, column string) row {
	switch v := r[column].(type) {
	case map[string]any:
		return v
	case string:
		var inner row
		d := json.NewDecoder(strings.NewReader(v))
		d.UseNumber()
		if d.Decode(&inner) == nil {
			return inner
		}
	}
	return nil
}

// text is a column as a label: valid, printable, of two hundred bytes at most.
func text(r row, column string) string {
	s, ok := r[column].(string)
	if !ok {
		return ""
	}
	var b strings.Builder
	for _, c := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsSpace(c) && unicode.IsControl(c), c == '\u2028', c == '\u2029':
			c = ' '
		case unicode.IsControl(c), unicode.Is(unicode.Bidi_Control, c):
			c = '\uFFFD'
		}
		b.WriteRune(c)
	}
	if s = b.String(); len(s) <= 200 {
		return s
	}
	for s = s[:200-len("…")]; ; s = s[:len(s)-1] {
		if c, size := utf8.DecodeLastRuneInString(s); c != utf8.RuneError || size > 1 {
			return s + "…"
		}
	}
}

// number is a column that is a number, in quotes or not.
func number(r row, column string) (float64, bool) {
	var digits string
	switch v := r[column].(type) {
	case float64:
		return v, true
	case fmt.Stringer: // a json.Number
		digits = v.String()
	case string:
		digits = strings.TrimSpace(v)
	}
	if digits == "" || strings.Trim(digits, "+-.0123456789eE") != "" {
		return 0, false
	}
	exact, _, err := big.ParseFloat(digits, 10, 200, big.ToNearestEven)
	if err != nil {
		return 0, false
	}
	v, _ := exact.Float64()
	return v, v-v == 0
}

// instant is a column that is a time, in epoch milliseconds. Zero is none.
// Before 1973 there was no such service: a smaller number is in another unit.
func instant(r row, column string) (float64, bool) {
	if v, ok := number(r, column); ok {
		v = float64(int64(v))
		return v, v >= 1e11 && v < 253402300799000
	}
	s, _ := r[column].(string)
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return float64(t.UnixMilli()), true
		}
	}
	return 0, false
}
