package statuspage

import (
	"cmp"
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// mostWhole is up to how many parts of what is watched all of them open where
// they stand. Of more, firstWhole do; the others have a page of their own, or
// this one would be megabytes.
const (
	mostWhole  = 40
	firstWhole = 20
)

// view is what the page shows.
type view struct {
	Now     time.Time
	Version string
	Links   []Link
	Notices []string
	// Tenant is the one that was asked for, "" for all.
	Tenant      string
	Summary     summary
	Problems    problems
	Discoveries []discoveryView
	Members     []memberView // the worst first
}

// discoveryView is a discovery of tenants.
type discoveryView struct {
	discovery.Status
	Verdict fleet.Verdict
	Facts   []fleet.Fact
}

// memberView is a part of what is watched.
type memberView struct {
	fleet.Status
	Title   string
	state   state
	Verdict fleet.Verdict
	// Whole says that all about it is on the page, and Open that it is to be
	// seen at once. Alone says that the page has nothing else.
	Whole, Open, Alone bool
}

func (h *Handler) view(now time.Time) view {
	v := view{Now: now, Version: h.Version, Links: h.Links}
	if h.Notices != nil {
		v.Notices = h.Notices()
	}
	for _, d := range h.Discoveries() {
		v.Discoveries = append(v.Discoveries, discoveryView{
			Status: d, Verdict: verdictOfDiscovery(d),
			Facts: []fleet.Fact{
				fleet.CredentialFact("Credential", d.Standing.Known, d.Standing.Accepted),
				fleet.CallsFact(d.Standing.Calls, d.Standing.Failed),
			},
		})
	}
	for _, s := range h.Members() {
		one := memberView{Status: s, Title: s.Name, state: stateOf(s)}
		if s.Part != "" {
			one.Title += "/" + s.Part
		}
		one.Verdict = one.state.verdict(now)
		v.Members = append(v.Members, one)
	}
	slices.SortStableFunc(v.Members, func(a, b memberView) int { return cmp.Compare(a.state.rank(), b.state.rank()) })
	for i := range v.Members {
		v.Members[i].Whole = len(v.Members) <= mostWhole || i < firstWhole
		v.Members[i].Open = len(v.Members) == 1
	}
	v.Summary = summarize(now, v.Members)
	v.Summary.addDiscoveries(v.Discoveries)
	v.Summary.Used, v.Summary.Limit = h.Budget()
	if h.Plan != nil {
		v.Summary.Plan = h.Plan()
	}
	v.Problems = problemsOf(v.Members)
	return v
}

// only is the view of one tenant or company, with all there is to know of it.
func (v view) only(name string) view {
	v.Tenant = name
	v.Notices, v.Discoveries = nil, nil
	v.Members = slices.DeleteFunc(v.Members, func(m memberView) bool { return m.Name != name })
	for i := range v.Members {
		v.Members[i].Whole, v.Members[i].Open, v.Members[i].Alone = true, true, true
	}
	v.Problems = problemsOf(v.Members)
	return v
}

// Title is that of the page.
func (v view) Title() string {
	if v.Tenant != "" {
		return v.Tenant + " · prisma_exporter"
	}
	return v.Summary.Verdict.Word + " · prisma_exporter"
}
