package simulation

import (
	"fmt"
	"slices"
	"time"
)

const (
	// longestPage is how long a page of many may take of which some are well and answer quickly.
	longestPage = 3500 * time.Millisecond
	// longestWait is how much longer than its last polls one that hangs may keep a page.
	longestWait = 2 * time.Second
	// recentPolls is how many polls tell how long the next one will take.
	recentPolls = 3
)

// pace is what pages have told of the polls of a collector.
type pace struct {
	took []time.Duration // of the last good ones, the newest first
	late bool            // one was under way when the last page was made
}

// promptness checks that those who do not answer do not keep a page from those who do. Those who do answer, and are slow
// about it, may keep it for as long as their last polls took: they can be expected back in time.
func (c *checker) promptness(s *scrape) {
	if s.target != "" || c.world.scenario.Probe || c.world.scenario.Latency > 50*time.Millisecond {
		return
	}
	most := max(longestPage, c.usual(s)+longestWait)
	took := s.end.Sub(s.begun)
	if took <= most {
		return
	}
	from, to := c.since(s.begun), c.since(s.end)
	for _, t := range c.tenants {
		quiet := true
		for _, collector := range c.world.scenario.collectors() {
			quiet = quiet && calm(c.troubles, from, to, c.settle, t, collector)
		}
		if quiet {
			c.note("slow", t.name, fmt.Sprintf("waits %s for a page because of others, of %s at most", took, most))
			return
		}
	}
}

// usual is how long the slowest of the last polls took, as far as could be known when a page was asked for. A poll that ends
// between two pages may be told by none, if the next one waits for another: that one then stands for both.
func (c *checker) usual(s *scrape) (usual time.Duration) {
	good, late := s.page.polls("success"), s.page.polls("late")
	for of, seconds := range s.page.polls("duration_seconds") {
		p, took := c.paces[of], time.Duration(seconds*float64(time.Second))
		for _, known := range p.took {
			usual = max(usual, known)
		}
		if good[of] == 1 && p.late {
			usual = max(usual, took)
		}
		if good[of] == 1 && (len(p.took) == 0 || p.took[0] != took) {
			p.took = slices.Insert(p.took, 0, took)
			p.took = p.took[:min(len(p.took), recentPolls)]
		}
		p.late = late[of] == 1
		c.paces[of] = p
	}
	return usual
}

// polls are the values of what is said of each collector of each scope, and of each resource of each company.
func (p *page) polls(what string) map[string]float64 {
	values := map[string]float64{}
	for _, one := range p.values["prisma_access_scrape_collector_"+what] {
		values[one.labels["tenant"]+"/"+one.labels["sub_tenant"]+" "+one.labels["collector"]] = one.value
	}
	for _, one := range p.values["prisma_capacity_scrape_resource_"+what] {
		values[one.labels["company"]+" "+one.labels["resource"]] = one.value
	}
	return values
}
