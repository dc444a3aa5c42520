package servicestatus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/advice"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Check implements fleet.Watched.
func (p *page) Check(ctx context.Context) []fleet.Report {
	report := fleet.Report{Title: "Service status", Columns: []string{"RESOURCE", "RESULT", "COMPONENTS", "TIME"}, Good: true}
	start := time.Now()
	result, components := "ok", 0
	s, err := p.ask(ctx)
	if err == nil {
		components = len(s.Components)
	} else {
		result, report.Good = "failed", false
		if errors.Is(err, insights.ErrUnavailable) {
			result = "no answer"
		}
		report.Add(insights.Cause(err), whatToDo(poll.Status{View: poll.View{Err: err}}))
	}
	report.Rows = [][]string{{resource, result, strconv.Itoa(components), time.Since(start).Round(time.Millisecond).String()}}
	return []fleet.Report{report}
}

// whatToDo is what to do about a poll that failed.
func whatToDo(s poll.Status) string {
	if errors.Is(s.Err, insights.ErrUnavailable) {
		return advice.For(s.Err)
	}
	return "Check --collector.service_status.url and --collector.service_status.components. No tenant's metrics depend on this page."
}

// mostTold is how many components, incidents and maintenances the status page
// names one by one.
const mostTold = 10

// Status implements fleet.Watched.
func (p *page) Status() []fleet.Status {
	all, failed := p.sender.Calls()
	status := fleet.Status{Name: Name, Polled: "Page", Counted: "Components", Do: whatToDo}
	if s := p.last.Load(); s != nil {
		status.Facts = s.facts()
	}
	status.Facts = append(status.Facts, fleet.CallsFact(all, failed))
	for _, h := range p.sender.Held() {
		status.Holds = append(status.Holds, fleet.Hold{Why: h.Reason, Until: h.Until})
	}
	status.Polls = p.polls.Statuses()
	return []fleet.Status{status}
}

// facts are what the page says, for people.
func (s *summary) facts() []fleet.Fact {
	var facts []fleet.Fact
	operational := 0
	for _, c := range s.Components {
		name := componentStates[c.state]
		if name == stateOperational {
			operational++
			continue
		}
		tone := fleet.Poor
		if strings.HasSuffix(name, "_outage") {
			tone = fleet.Bad
		}
		facts = append(facts, fleet.Fact{Name: c.Name, Verdict: fleet.Verdict{Tone: tone, Word: strings.ReplaceAll(name, "_", " ")}})
	}
	facts = shortened(facts)
	var events []fleet.Fact
	for _, i := range s.Incidents {
		events = append(events, fleet.Fact{Name: "Incident", Text: fmt.Sprintf("%s (%s)", insights.Clean(i.Name), word(i.Status)), Since: instant(i.Updated)})
	}
	for _, m := range s.Maintenances {
		fact := fleet.Fact{Name: "Maintenance", Text: fmt.Sprintf("%s (%s)", insights.Clean(m.Name), word(m.Status))}
		if start := instant(m.Start); time.Now().Before(start) {
			fact.Until = start
		}
		events = append(events, fact)
	}
	count := fleet.Fact{Name: "Operational", Text: fmt.Sprintf("%d of %d components", operational, len(s.Components))}
	return append(append([]fleet.Fact{count}, facts...), shortened(events)...)
}

func shortened(facts []fleet.Fact) []fleet.Fact {
	if more := len(facts) - mostTold; more > 0 {
		return append(facts[:mostTold:mostTold], fleet.Fact{Name: "and", Text: fmt.Sprintf("%d more", more)})
	}
	return facts
}
