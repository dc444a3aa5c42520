package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

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
		if most := c.mostAge(collector); success == 1 && age > most+time.Millisecond {
			c.note("untrue", of, fmt.Sprintf("says success, and its reading is %s old, of %s at most", age, most))
		}
		if age > maxStaleness+c.longestHold()+time.Second && c.world.scenario.Budget == 0 {
			if _, there := s.page.value("prisma_access_alerts", labels...); collector == "alerts" && there {
				c.note("untrue", of, fmt.Sprintf("shows alerts that are %s old", age))
			}
		}
	}
}

// mostAge is how old a reading may be of which success is said: one that is asked for in time and is not overdue.
func (c *checker) mostAge(collector string) time.Duration {
	interval, every := intervals[collector], c.world.scenario.Every
	if interval > maxStaleness {
		return 2 * interval // and what is asked for so rarely is served for as long
	}
	most := interval + max(2*interval, 30*time.Second) + 2*every + 15*time.Second
	if c.world.scenario.Budget > 0 {
		return c.world.scenario.Length * 2 // intervals are stretched by as much as it takes, and a reading is good for two
	}
	for _, a := range c.world.scenario.Acts {
		switch a.What {
		case "latency", "slow body":
			return maxStaleness // twice the longest of the last polls, which may have taken minutes
		}
		if retryAfters[a.What] > 0 {
			return maxStaleness // the same: a poll waits for the end of a hold that is near, and is good then
		}
		if a.Do == "pause" {
			return maxStaleness + a.For
		}
	}
	return min(most, maxStaleness)
}

// longestHold is for how much longer than else a reading may be shown, because the API is not asked and nobody should be
// blind for that: until the next question after the longest hold, which may have begun when the reading was still fresh.
func (c *checker) longestHold() time.Duration {
	hold := time.Minute
	for _, a := range c.world.scenario.Acts {
		hold = max(hold, retryAfters[a.What])
	}
	return hold + 2*intervals["alerts"] + time.Minute
}

// lacks tells whether the API says at some time that there is no such resource, which is no failure.
func (c *checker) lacks(collector string) bool {
	return slices.ContainsFunc(c.world.scenario.Acts, func(a Act) bool {
		return a.Do == "fault" && (strings.HasPrefix(a.What, "4") || strings.HasPrefix(a.What, "3")) &&
			(a.On == "*" || a.On == "queries" || slices.Contains(resources[collector], a.On))
	})
}

// alertsRaised checks, at the end, that each time that an alert was raised has been counted, of tenants that the exporter
// has known all the time and whose alerts it could always see within the hour for which the API shows them.
func (c *checker) alertsRaised(s *scrape) {
	raised, unsure := map[scope]float64{}, map[string]bool{}
	for _, a := range c.world.scenario.Acts {
		switch {
		case a.Do == "alert":
			raised[c.world.scenario.tenant(a.Tenant).scopes()[0]]++
		case a.Do == "remove", a.Do == "restart":
			for _, t := range c.tenants {
				unsure[t.name] = unsure[t.name] || t.isOf(a.Tenant) || a.Do == "restart"
			}
		}
	}
	for sc, want := range raised {
		if !c.shows(s, sc.tenant) || unsure[sc.tenant] || c.blind(c.world.scenario.tenant(sc.tenant)) {
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
