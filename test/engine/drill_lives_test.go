package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/test/simulation"
)

// unlisted is the tenant whose API has incidents and no list of alerts.
const unlisted = "u"

// A change is what becomes of the first site of a part.
type change struct {
	At    time.Duration
	Part  int
	State simulator.State
}

// An event is a step of a life.
type event struct {
	step
	life
}

// live has alerts raised and cleared at their times.
func (d drill) live(parts []simulation.Part) {
	var events []event
	for _, l := range d.Lives {
		for _, s := range l.Steps {
			events = append(events, event{s, l})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(a.At - b.At) })
	start := time.Now()
	changes := slices.Clone(d.Sites)
	slices.SortStableFunc(changes, func(a, b change) int { return int(a.At - b.At) })
	go func() {
		for _, c := range changes {
			time.Sleep(time.Until(start.Add(c.At)))
			world := parts[c.Part%len(parts)].World
			_ = world.SetSiteState(world.Sites()[0], c.State) // which is there
		}
	}()
	go func() {
		for _, e := range events {
			time.Sleep(time.Until(start.Add(e.At)))
			part := parts[e.Part%len(parts)]
			world := part.World
			if strings.HasPrefix(part.Tenant, unlisted) {
				e.incident(world)
				continue
			}
			if e.Severity == "" {
				_ = world.ClearAlert(e.ID, "") // which was raised
				continue
			}
			a := simulator.Alert{
				ID: e.ID, Severity: e.Severity, State: simulator.Raised, Category: "RN", Code: "AL_TEST", Message: "Message of " + e.ID,
				Site: e.Site, Location: e.Location, Undated: e.Undated,
			}
			if e.Moved {
				a.Site, a.Message = "elsewhere", a.Message+" at another site"
			}
			if e.Child {
				a.State = simulator.RaisedChild
			}
			world.RaiseAlert(a)
		}
	}()
}

// incident does with an incident what an alert would have done.
func (e event) incident(world *simulator.World) {
	if e.Severity == "" {
		_ = world.ClearIncident(e.ID) // which was raised
		return
	}
	i := simulator.Incident{ID: e.ID, Severity: e.Severity, Code: "INC_TEST", Title: "Title of " + e.ID, Site: e.Site, Location: e.Location}
	if e.Moved {
		i.Site = "elsewhere"
	}
	if e.Child {
		i.Status = simulator.RaisedChild
	}
	world.RaiseIncident(i)
}
