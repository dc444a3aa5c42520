package servicestatus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// mostComponents is how many components have series: the page about all of
	// the vendor's products had some five hundred.
	mostComponents = 2000
	// mostEvents is how many incidents, and how many maintenances, have series.
	mostEvents = 200
	// mostBytes bounds an answer, of which each byte can cost many in memory. Five
	// hundred components are a tenth of it.
	mostBytes = 2 << 20
)

// summary is what the page says. Its form is that of Atlassian's Statuspage.
type summary struct {
	Components   []*component   `json:"components"`
	Incidents    []*incident    `json:"incidents"`
	Maintenances []*maintenance `json:"scheduled_maintenances"`

	truncated bool
}

// component is one of the vendor's services, or a heading over some.
type component struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Heading bool   `json:"group"`
	GroupID string `json:"group_id"`

	group string
	state int
}

// incident is one that is not resolved. Notices can stay so for months.
type incident struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Impact  string `json:"impact"`
	Status  string `json:"status"`
	Updated string `json:"updated_at"`
}

// maintenance is one to come or under way.
type maintenance struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Start  string `json:"scheduled_for"`
	End    string `json:"scheduled_until"`
}

// open reports whether an incident is one, and not over.
func (i *incident) open() bool {
	return i != nil && i.ID != "" && word(i.Status) != "resolved" && word(i.Status) != "postmortem"
}

// open reports whether a maintenance is one, and not over.
func (m *maintenance) open() bool { return m != nil && m.ID != "" && word(m.Status) != "completed" }

// read reads an answer. Of what has another type than it should, that member is
// missing; a page without any component is none.
func read(body []byte, chosen *regexp.Regexp) (*summary, error) {
	if len(body) > mostBytes {
		return nil, fmt.Errorf("the answer has %d bytes, which is more than the limit of %d", len(body), mostBytes)
	}
	s := &summary{}
	err := json.Unmarshal(body, s)
	if other, ok := errors.AsType[*json.SyntaxError](err); ok {
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
			return nil, errors.New("the answer is a web page instead of JSON: use the URL of the status page's API, which ends in /api/v2")
		}
		return nil, fmt.Errorf("invalid JSON at byte %d", other.Offset)
	}
	s.Components = slices.DeleteFunc(s.Components, func(c *component) bool { return c == nil || c.Name == "" })
	if len(s.Components) == 0 {
		return nil, errors.New("the answer lists no component")
	}
	s.choose(chosen)
	if len(s.Components) == 0 {
		return nil, errors.New("--collector.service_status.components matches no component of the page")
	}
	s.Incidents = known(s.Incidents, (*incident).open, func(i *incident) string { return i.ID })
	s.Maintenances = known(s.Maintenances, (*maintenance).open, func(m *maintenance) string { return m.ID })
	s.bound()
	return s, nil
}

// choose keeps the components that match and are no headings, once each: of two
// of one name below one heading the worse counts.
func (s *summary) choose(chosen *regexp.Regexp) {
	headings := map[string]string{}
	for _, c := range s.Components {
		if c.Name = insights.Clean(c.Name); c.Heading {
			headings[c.ID] = c.Name
		}
	}
	s.Components = slices.DeleteFunc(s.Components, func(c *component) bool { return c.Heading || !chosen.MatchString(c.Name) })
	for _, c := range s.Components {
		c.group, c.state = headings[c.GroupID], stateOf(c.Status)
	}
	slices.SortStableFunc(s.Components, func(a, b *component) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.Name, b.Name), cmp.Compare(b.state, a.state))
	})
	s.Components = slices.CompactFunc(s.Components, func(a, b *component) bool { return a.group == b.group && a.Name == b.Name })
}

// known keeps those that are worth showing, once each and in the order of their
// IDs.
func known[T any](all []*T, shown func(*T) bool, id func(*T) string) []*T {
	all = slices.DeleteFunc(all, func(one *T) bool { return !shown(one) })
	slices.SortStableFunc(all, func(a, b *T) int { return cmp.Compare(id(a), id(b)) })
	return slices.CompactFunc(all, func(a, b *T) bool { return id(a) == id(b) })
}

// bound drops what is too much. The worst components stay.
func (s *summary) bound() {
	s.truncated = len(s.Components) > mostComponents || len(s.Incidents) > mostEvents || len(s.Maintenances) > mostEvents
	if len(s.Components) > mostComponents {
		slices.SortStableFunc(s.Components, func(a, b *component) int { return cmp.Compare(b.state, a.state) })
		s.Components = s.Components[:mostComponents]
	}
	s.Incidents = s.Incidents[:min(len(s.Incidents), mostEvents)]
	s.Maintenances = s.Maintenances[:min(len(s.Maintenances), mostEvents)]
}

// word is a word of the page as a label has it: the documents write "in
// progress" for what the page calls in_progress.
func word(s string) string {
	return insights.Clean(insights.LabelWord(s))
}

// stateOf is the place of a component's status among componentStates.
func stateOf(status string) int {
	i := slices.Index(componentStates, word(status))
	if i < 0 {
		return slices.Index(componentStates, stateUnknown)
	}
	return i
}

// instant reads a time of the page, the zero time for none.
func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
