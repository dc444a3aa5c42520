package servicestatus

import (
	"fmt"
	"time"
)

// A group is a heading over components.
type group struct {
	id, name   string
	components []string
}

// groups are what the page is about.
var groups = []group{
	{"g1", "Prisma Access", []string{"US East - Prisma Access", "US West - Prisma Access", "Germany Central - Prisma Access", "UK - Prisma Access", "Singapore - Prisma Access"}},
	{"g2", "Strata Cloud Manager", []string{"Strata Cloud Manager", "Strata Logging Service"}},
}

// The pace of the scenario: maintenance is announced a quarter of an hour ahead and takes five minutes; people post an
// outage a while after it began.
const (
	cycle            = 30 * time.Minute
	maintenanceStart = 15 * time.Minute
	maintenanceEnd   = 20 * time.Minute
	outageStart      = 22 * time.Minute
	outageEnd        = 28 * time.Minute
)

// story is what the page says in the scenario: in each cycle maintenance of one component that is announced, begins and
// ends, and then an outage of another one.
func story(now time.Time) ([]Incident, []Maintenance) {
	began := now.Truncate(cycle)
	n := began.Unix() / int64(cycle/time.Second)
	components := groups[0].components
	under, out := components[n%int64(len(components))], components[(n+2)%int64(len(components))]
	m := Maintenance{
		ID: fmt.Sprintf("m%d", n), Name: "Upgrade of " + under, Status: "scheduled",
		Start: began.Add(maintenanceStart), End: began.Add(maintenanceEnd), Components: []string{under},
	}
	var maintenances []Maintenance
	if !now.Before(m.Start) {
		m.Status = "in_progress"
	}
	if now.Before(m.End) {
		maintenances = append(maintenances, m)
	}
	if now.Before(began.Add(outageStart)) || !now.Before(began.Add(outageEnd)) {
		return nil, maintenances
	}
	return []Incident{{
		ID: fmt.Sprintf("i%d", n), Name: "Connectivity of " + out, Impact: "major", Status: "investigating",
		Updated: began.Add(outageStart), Components: []string{out},
	}}, maintenances
}
