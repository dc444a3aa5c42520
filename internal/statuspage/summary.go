package statuspage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// summary is what the page says first.
type summary struct {
	Verdict fleet.Verdict
	// Polls is how many are ok, failing and not asked.
	Polls string
	// Alerts is how many alerts are open in how many places, "" where there are
	// no tenants.
	Alerts     string
	AlertsTone fleet.Tone
	// Holds is how many are left alone for a time, "" for none.
	Holds string
	// Used of Limit calls to the API were made in the last minute, and Plan is
	// what the configuration needs of them.
	Used, Limit int
	Plan        string
}

func summarize(now time.Time, members []memberView) summary {
	var s summary
	var ok, bad, part, idle, waiting int
	var asked time.Time
	for _, m := range members {
		switch st := m.state; {
		case st.waiting:
			waiting++
		case st.idle:
			if idle++; asked.IsZero() || st.asked.Before(asked) {
				asked = st.asked
			}
		case st.failing():
			bad++
		case st.broken > 0:
			part++
		default:
			ok++
		}
	}
	texts := []string{fmt.Sprintf("%d of %d ok", ok, len(members))}
	add := func(n int, text string) {
		if n > 0 {
			texts = append(texts, fmt.Sprintf("%d %s", n, text))
		}
	}
	add(bad, "failing")
	add(part, "partly failing")
	switch {
	case idle == 1:
		add(idle, "not polled for "+briefly(now.Sub(asked)))
	case idle > 1:
		add(idle, "not polled, the longest for "+briefly(now.Sub(asked)))
	}
	add(waiting, "not polled yet")
	s.Polls = strings.Join(texts, ", ")
	switch {
	case bad+part > 0:
		s.Verdict = fleet.Verdict{Tone: fleet.Bad, Word: fmt.Sprintf("%d of %d failing", bad+part, len(members))}
	case idle > 0:
		s.Verdict = fleet.Verdict{Tone: fleet.Idle, Word: fmt.Sprintf("%d of %d not polled", idle, len(members))}
	case waiting > 0:
		s.Verdict = fleet.Verdict{Tone: fleet.Idle, Word: fmt.Sprintf("%d of %d not polled yet", waiting, len(members))}
	case len(members) > 0:
		s.Verdict = pollsOK
	default:
		s.Verdict = fleet.Verdict{Tone: fleet.Idle, Word: "nothing to watch"}
	}
	s.Alerts, s.AlertsTone = allAlerts(members)
	s.Holds = holds(now, members)
	return s
}

// addDiscoveries says first that a discovery fails: tenants may be missing, and
// those that are there may all be well.
func (s *summary) addDiscoveries(discoveries []discoveryView) {
	n := 0
	for _, d := range discoveries {
		if d.Verdict == failing {
			n++
		}
	}
	if n == 0 {
		return
	}
	word := "1 discovery failing"
	if n > 1 {
		word = fmt.Sprintf("%d discoveries failing", n)
	}
	if s.Verdict.Tone == fleet.Bad {
		word = s.Verdict.Word + ", " + word
	}
	s.Verdict = fleet.Verdict{Tone: fleet.Bad, Word: word}
}

// allAlerts adds up the open alerts of all.
func allAlerts(members []memberView) (text string, tone fleet.Tone) {
	var sum fleet.Alerts
	var in, unknown, tenants int
	for _, m := range members {
		if m.Alerts == nil {
			continue
		}
		tenants++
		if m.Alerts.Open == nil {
			unknown++
			continue
		}
		open := 0
		for _, c := range m.Alerts.Open {
			open += c.N
			i := slices.IndexFunc(sum.Open, func(known fleet.Count) bool { return known.Name == c.Name })
			if i < 0 {
				sum.Open = append(sum.Open, c)
			} else {
				sum.Open[i].N += c.N
			}
		}
		if open > 0 {
			in++
		}
	}
	if tenants == 0 {
		return "", ""
	}
	if sum.Open == nil {
		return "unknown", fleet.Idle
	}
	text, tone = alertsText(&sum)
	if in > 0 && tenants > 1 {
		text += fmt.Sprintf(" in %d of %d tenants", in, tenants)
	}
	if unknown > 0 {
		text += fmt.Sprintf("; unknown for %d", unknown)
	}
	return text, tone
}

// holds sums up what vendors have asked to wait for.
func holds(now time.Time, members []memberView) string {
	n := 0
	var last time.Time
	for _, m := range members {
		if len(m.Holds) > 0 {
			n++
		}
		for _, h := range m.Holds {
			if h.Until.After(last) {
				last = h.Until
			}
		}
	}
	switch {
	case n == 0:
		return ""
	case !last.After(now):
		return fmt.Sprintf("%d, next try with the next poll", n)
	}
	return fmt.Sprintf("%d, the last ends in %s", n, briefly(last.Sub(now)))
}
