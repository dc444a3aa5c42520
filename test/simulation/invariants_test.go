package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxStaleness is the exporter's default.
const maxStaleness = 10 * time.Minute

// collectors are those that run.
func (s Scenario) collectors() []string {
	if len(s.Collectors) > 0 {
		return s.Collectors
	}
	return slices.Sorted(maps.Keys(resources))
}

// wellness checks that whoever is not troubled is well: answers come, none is old, and alerts are those that are open.
func (c *checker) wellness(s *scrape) {
	for _, t := range c.tenants {
		if s.target != "" && s.target != t.name || s.target == "" && c.world.scenario.Probe {
			continue
		}
		if at, away := c.away[t.name]; away {
			if s.begun.After(at) && strings.Contains(s.page.text, `tenant="`+t.name+`"`) {
				c.note("gone", t.name, "has series though it is not configured")
			}
			continue
		}
		quiet := true
		for _, sc := range t.scopes() {
			if strings.HasPrefix(sc.sub, "hidden") {
				quiet = false
				continue
			}
			if !c.scopeWell(s, t, sc) {
				quiet = false
			}
		}
		if quiet {
			c.own(s, t)
		}
	}
	c.companiesWell(s)
	c.configurationWell(s)
}

// configurationWell checks what the exporter says of its configuration and of its discovery.
func (c *checker) configurationWell(s *scrape) {
	if s.target != "" {
		return
	}
	from, to := c.since(s.begun), c.since(s.end)
	if v, _ := s.page.value("prisma_exporter_config_last_reload_successful"); !c.world.scenario.reloads(from, to) && v != c.world.readable() {
		c.note("reload", "", fmt.Sprintf("the last reload is said to have had success %v", v))
	}
	if c.world.scenario.Found == 0 || !calm(c.troubles, from, to, c.settle, discovery, "list_children") {
		return
	}
	if v, _ := s.page.value("prisma_exporter_discovery_success"); v != 1 {
		c.note("discovery", "", "does not succeed though nothing troubles it")
	}
}

// scopeWell checks a scope, and tells whether nothing of it was troubled.
func (c *checker) scopeWell(s *scrape, t tenant, sc scope) (quiet bool) {
	from, to := c.since(s.begun), c.since(s.end)
	of := strings.TrimSuffix(sc.tenant+"/"+sc.sub, "/")
	labels := []string{"tenant", sc.tenant, "sub_tenant", sc.sub}
	quiet = true
	for _, collector := range c.world.scenario.collectors() {
		if !calm(c.troubles, from, to, c.settle, t, collector) {
			quiet = false
			continue
		}
		mine := append(slices.Clone(labels), "collector", collector)
		if v, there := s.page.value("prisma_access_scrape_collector_success", mine...); v != 1 {
			c.note("unwell", of+" "+collector, fmt.Sprintf("success is %v (there: %t) though nothing troubles it", v, there))
			continue
		}
		last, _ := s.page.value("prisma_access_scrape_collector_last_success_timestamp_seconds", mine...)
		if age, most := s.begun.Sub(instant(last)), intervals[collector]+2*c.world.scenario.Every+30*time.Second; age > most {
			c.note("old", of+" "+collector, fmt.Sprintf("its reading is %s old, and %s would be enough", age, most))
		}
		if collector == "alerts" && !c.world.scenario.alertsMove(sc, from, to) {
			c.alerts(s, sc, of, labels)
		}
	}
	if v, _ := s.page.value("prisma_access_up", labels...); quiet && v != 1 {
		c.note("down", of, fmt.Sprintf("up is %v though nothing troubles it", v))
	}
	return quiet
}

// alerts checks that the open alerts are on the page, and no others.
func (c *checker) alerts(s *scrape, sc scope, of string, labels []string) {
	shown, open := map[string]bool{}, map[string]bool{}
	for _, one := range s.page.values["prisma_access_alert_raised_timestamp_seconds"] {
		if one.has(labels) {
			shown[one.labels["alert_id"]] = true
		}
	}
	for _, a := range c.world.world(sc).OpenAlerts() {
		open[a.ID] = true
	}
	if !maps.Equal(shown, open) {
		c.note("alerts", of, fmt.Sprintf("shows %d open alerts where there are %d", len(shown), len(open)))
	}
}

// alertsRaised checks, at the end, that each time that an alert was raised has been counted, of tenants that the exporter
// has known all the time and whose alerts it could always see within the hour for which the API shows them.
func (c *checker) alertsRaised(s *scrape) {
	raised, unsure := map[scope]float64{}, map[string]bool{}
	for _, a := range c.world.scenario.Acts {
		switch {
		case a.Do == "alert":
			raised[c.world.scenario.tenant(a.Tenant).scopes()[0]]++
		case a.Do == "remove":
			unsure[a.Tenant] = true
		}
	}
	for sc, want := range raised {
		if s.target != "" && s.target != sc.tenant || unsure[sc.tenant] || c.blind(c.world.scenario.tenant(sc.tenant)) {
			continue
		}
		got := 0.0
		for _, one := range s.page.values["prisma_access_alerts_raised_total"] {
			if one.has([]string{"tenant", sc.tenant, "sub_tenant", sc.sub}) {
				got += one.value
			}
		}
		if got != want {
			c.note("raised", sc.tenant, fmt.Sprintf("%v alerts were raised and %v are counted", want, got))
		}
	}
}

// blind tells whether a tenant's alerts could not be seen for so long that some may have been missed, or another resource
// took their place, which counts by itself.
func (c *checker) blind(t tenant) bool {
	for _, a := range c.world.scenario.Acts {
		if lasting(a.What) && (a.Tenant == "" || a.Tenant == t.name) && (a.On == "*" || a.On == "queries" || slices.Contains(resources["alerts"], a.On)) {
			return true
		}
	}
	for _, one := range c.troubles {
		if one.of != nil && one.of(t, "alerts") && one.to-one.from > 30*time.Minute {
			return true
		}
	}
	return false
}

// own checks what the exporter says of itself about a tenant that nothing troubles.
func (c *checker) own(s *scrape, t tenant) {
	if s.target != "" {
		return
	}
	if v, there := s.page.value("prisma_exporter_credential_valid", "tenant", t.name); there && v != 1 {
		c.note("credential", t.name, "is not valid though nothing troubles it")
	}
	for _, one := range s.page.values["prisma_exporter_breaker_open"] {
		if one.labels["tenant"] == t.name && one.value != 0 {
			c.note("held "+one.labels["reason"], t.name, "is not asked though nothing troubles it")
		}
	}
}

func (c *checker) companiesWell(s *scrape) {
	for _, name := range c.world.scenario.companies() {
		if s.target != "" && s.target != name || s.target == "" && c.world.scenario.Probe {
			continue
		}
		quiet := true
		for _, one := range s.page.values["prisma_capacity_scrape_resource_success"] {
			if one.labels["company"] != name {
				continue
			}
			if !calmCompany(c.troubles, c.since(s.begun), c.since(s.end), c.settle, name, one.labels["resource"]) {
				quiet = false
			} else if one.value != 1 {
				c.note("unwell", name+" "+one.labels["resource"], "does not succeed though nothing troubles it")
			}
		}
		for _, family := range []string{"prisma_capacity_up", "prisma_capacity_token_valid"} {
			if v, _ := s.page.value(family, "company", name); quiet && v != 1 {
				c.note("unwell", name+" "+family, fmt.Sprintf("is %v though nothing troubles it", v))
			}
		}
	}
}

// simple are the collectors that succeed only with an answer of one resource.
var simple = []string{"locations", "remote_networks", "service_connections", "tunnels"}

// truths checks that what is said of success and age is so, whatever troubles there are.
func (c *checker) truths(s *scrape) {
	for _, one := range s.page.values["prisma_access_scrape_collector_last_success_timestamp_seconds"] {
		sc, collector := scope{one.labels["tenant"], one.labels["sub_tenant"]}, one.labels["collector"]
		of := sc.tenant + "/" + sc.sub + " " + collector
		labels := []string{"tenant", sc.tenant, "sub_tenant", sc.sub}
		last := instant(one.value)
		success, _ := s.page.value("prisma_access_scrape_collector_success", append(slices.Clone(labels), "collector", collector)...)
		if last.After(s.end.Add(time.Millisecond)) {
			c.note("untrue", of, "the last success is in the future")
		}
		if success == 1 && slices.Contains(simple, collector) && !c.lacks(collector) {
			if good := c.world.network.ledger.lastGood(sc, resources[collector]); good.Before(last.Add(-time.Millisecond)) {
				c.note("untrue", of, fmt.Sprintf("says success at %s, and the last good answer was at %s", c.since(last), c.since(good)))
			}
		}
		age := s.begun.Sub(last)
		if most := c.mostAge(collector); success == 1 && age > most {
			c.note("untrue", of, fmt.Sprintf("says success, and its reading is %s old, of %s at most", age, most))
		}
		if age > maxStaleness+time.Second {
			if _, there := s.page.value("prisma_access_alerts", labels...); collector == "alerts" && there {
				c.note("untrue", of, fmt.Sprintf("shows alerts that are %s old", age))
			}
		}
	}
}

// mostAge is how old a reading may be of which success is said: one that is asked for in time and is not overdue.
func (c *checker) mostAge(collector string) time.Duration {
	interval, every := intervals[collector], c.world.scenario.Every
	most := interval + max(2*interval, 30*time.Second) + 2*every + 15*time.Second
	for _, a := range c.world.scenario.Acts {
		switch a.What {
		case "latency", "slow body":
			return maxStaleness // twice the longest of the last polls, which may have taken minutes
		}
		if a.Do == "pause" {
			return maxStaleness + a.For
		}
	}
	return min(most, maxStaleness)
}

// longestPage is how long a page of many may take of which some are well and answer quickly.
const longestPage = 3500 * time.Millisecond

// promptness checks that those who do not answer do not keep a page from those who do.
func (c *checker) promptness(s *scrape) {
	took := s.end.Sub(s.begun)
	if s.target != "" || c.world.scenario.Probe || c.world.scenario.Latency > 50*time.Millisecond || took <= longestPage {
		return
	}
	from, to := c.since(s.begun), c.since(s.end)
	for _, t := range c.tenants {
		quiet := true
		for _, collector := range c.world.scenario.collectors() {
			quiet = quiet && calm(c.troubles, from, to, c.settle, t, collector)
		}
		if quiet {
			c.note("slow", t.name, fmt.Sprintf("waits %s for a page because of others", took))
			return
		}
	}
}

// lacks tells whether the API says at some time that there is no such resource, which is no failure.
func (c *checker) lacks(collector string) bool {
	return slices.ContainsFunc(c.world.scenario.Acts, func(a Act) bool {
		return a.Do == "fault" && (strings.HasPrefix(a.What, "4") || strings.HasPrefix(a.What, "3")) &&
			(a.On == "*" || a.On == "queries" || slices.Contains(resources[collector], a.On))
	})
}
