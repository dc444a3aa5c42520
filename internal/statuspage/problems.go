package statuspage

import (
	"slices"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

const (
	// mostProblems is how many problems are told of, and mostPlaces in how many
	// places each of them is.
	mostProblems = 20
	mostPlaces   = 10
)

// problems are what is wrong, each told once however many polls fail with it.
type problems struct {
	Told []*problem // those in the most places first
	// More is how many more there are.
	More int

	of map[gist]*problem
	// advice is what to do about a text, by whose and which poll failed with it:
	// thousands may, and advice takes a long look at an error.
	advice map[[3]string]string
}

// gist is what is the same wherever a problem is.
type gist struct{ What, Do string }

// problem is something that is wrong in one or more places.
type problem struct {
	gist
	// Number is its place in the list, from 1; 0 for one that is not told.
	Number int
	Places []place
	// More is in how many places more it is.
	More int

	last string // the title of the last place
}

// place is where a problem is: some of the polls of one part of what is watched.
type place struct {
	Title, Link string
	Polls       []string
}

func problemsOf(members []memberView) problems {
	all := problems{of: map[gist]*problem{}, advice: map[[3]string]string{}}
	for _, m := range members {
		for _, s := range m.Polls {
			if s.Err == nil || s.Idle {
				continue
			}
			key := all.gist(m.Status, s)
			p := all.of[key]
			if p == nil {
				p = &problem{gist: key}
				all.of[key] = p
				all.Told = append(all.Told, p)
			}
			p.at(m, s.Name)
		}
	}
	slices.SortStableFunc(all.Told, func(a, b *problem) int { return b.size() - a.size() })
	if all.More = len(all.Told) - mostProblems; all.More > 0 {
		all.Told = all.Told[:mostProblems]
	}
	for i, p := range all.Told {
		p.Number = i + 1
	}
	return all
}

func (p *problems) gist(m fleet.Status, s poll.Status) gist {
	g := gist{What: insights.Gist(s.Err)}
	if m.Do == nil {
		return g
	}
	key := [3]string{g.What, m.Polled, s.Name}
	do, known := p.advice[key]
	if !known {
		do = m.Do(s)
		p.advice[key] = do
	}
	g.Do = do
	return g
}

func (p *problem) size() int { return len(p.Places) + p.More }

// at notes that a poll of a member has the problem.
func (p *problem) at(m memberView, poll string) {
	again := p.last == m.Title
	p.last = m.Title
	switch {
	case again && p.More == 0:
		here := &p.Places[len(p.Places)-1]
		here.Polls = append(here.Polls, poll)
	case again:
	case len(p.Places) == mostPlaces:
		p.More++
	default:
		p.Places = append(p.Places, place{Title: m.Title, Link: m.link(), Polls: []string{poll}})
	}
}
