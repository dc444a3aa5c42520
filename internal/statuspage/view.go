package statuspage

import (
	"fmt"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// view is what the page shows.
type view struct {
	Now     time.Time
	Version string
	Links   []Link
	Notices []string
	// BudgetUsed of BudgetLimit calls to the API in the last minute.
	BudgetUsed, BudgetLimit int
	// Plan is what the configuration needs of the budget.
	Plan        string
	Discoveries []discoveryView
	Members     []memberView
}

// discoveryView is a discovery of tenants.
type discoveryView struct {
	discovery.Status
	Verdict           fleet.Verdict
	Credential, Calls fleet.Fact
}

// memberView is a part of what is watched.
type memberView struct {
	fleet.Status
	Verdict fleet.Verdict
	Polls   []pollView
}

type pollView struct {
	poll.Status
	Verdict fleet.Verdict
}

var (
	good    = fleet.Verdict{Tone: fleet.Good, Word: "ok"}
	failing = fleet.Verdict{Tone: fleet.Bad, Word: "failing"}
	waiting = fleet.Verdict{Tone: fleet.Idle, Word: "not asked yet"}
)

func (h *Handler) view(now time.Time) view {
	v := view{Now: now, Version: h.Version, Links: h.Links}
	v.BudgetUsed, v.BudgetLimit = h.Budget()
	if h.Plan != nil {
		v.Plan = h.Plan()
	}
	if h.Notices != nil {
		v.Notices = h.Notices()
	}
	for _, d := range h.Discoveries() {
		v.Discoveries = append(v.Discoveries, discoveryView{
			Status: d, Verdict: verdictOfDiscovery(d),
			Credential: fleet.CredentialFact("Credential", d.Standing.Known, d.Standing.Accepted),
			Calls:      fleet.CallsFact(d.Standing.Calls, d.Standing.Failed),
		})
	}
	for _, s := range h.Members() {
		one := memberView{Status: s, Verdict: verdictOf(s)}
		for _, p := range s.Polls {
			one.Polls = append(one.Polls, pollView{p, verdictOfPoll(p)})
		}
		v.Members = append(v.Members, one)
	}
	return v
}

// verdictOf sums up a scope: it is as good as its worst collector.
func verdictOf(s fleet.Status) fleet.Verdict {
	broken, polled := 0, 0
	for _, c := range s.Polls {
		if c.Polled() {
			polled++
			if !c.Success && !c.Idle {
				broken++
			}
		}
	}
	switch {
	case polled == 0:
		return waiting
	case broken == 0:
		return good
	case broken == polled:
		return failing
	}
	return fleet.Verdict{Tone: fleet.Poor, Word: fmt.Sprintf("%d of %d failing", broken, polled)}
}
