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

// shows tells whether a tenant or a company is on a page.
func (c *checker) shows(s *scrape, name string) bool {
	return s.target == name || s.target == "" && !c.world.scenario.Probe
}

// wellness checks that whoever is not troubled is well: answers come, none is old, and alerts are those that are open.
func (c *checker) wellness(s *scrape) {
	for _, t := range c.tenants {
		if !c.shows(s, t.name) {
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
		if !c.shows(s, name) {
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
