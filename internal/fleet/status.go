package fleet

import (
	"fmt"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Status is how a part of what is watched stands, for people. Nothing in it is
// fit to be shown without escaping: names and errors are the vendor's words.
type Status struct {
	// Name is that of the member, and Part that of its part, such as a
	// sub-tenant, or "" where there is but one.
	Name, Part string
	// Facts are what there is to know beside the polls, in the order in which
	// they are shown.
	Facts []Fact
	// Below are the names of the members that belong to this one.
	Below []string
	// Alerts are the open alerts, nil where there is no such thing.
	Alerts *Alerts
	// Holds are what is not asked for because of what the vendor answered.
	Holds []Hold
	// Polled is what the polls are of, such as a collector, and Counted what
	// they count, such as rows.
	Polled, Counted string
	Polls           []poll.Status
	// Do is what to do about a poll that failed, or "" where its error says so.
	Do func(poll.Status) string
}

// Alerts are how many are open, by severity and the worst first, or nil while
// that is not known.
type Alerts struct{ Open []Count }

// String tells of them in words.
func (a *Alerts) String() string {
	if a.Open == nil {
		return "unknown"
	}
	var texts []string
	for _, c := range a.Open {
		if c.N > 0 {
			texts = append(texts, fmt.Sprintf("%d %s", c.N, c.Name))
		}
	}
	if texts == nil {
		return "none"
	}
	return strings.Join(texts, ", ")
}

// Count is how many there are of something.
type Count struct {
	Name string
	N    int
}

// Hold is something that is not asked for until a time, and why.
type Hold struct {
	Why   string
	Until time.Time
}

// Fact is one thing to know.
type Fact struct {
	Name string
	// Verdict is the zero value where the fact is no better or worse than
	// another would be.
	Verdict Verdict
	Text    string
	// Since is shown as how long ago it was, and Until as how far ahead it
	// is, unless they are zero.
	Since, Until time.Time
}

// Tone is how a verdict looks.
type Tone string

// The tones.
const (
	Good Tone = "good"
	Poor Tone = "poor"
	Bad  Tone = "bad"
	// Idle is for what nobody knows yet.
	Idle Tone = "idle"
)

// Verdict is a word for how something stands.
type Verdict struct {
	Tone Tone
	Word string
}

// CredentialFact tells of a credential, once the vendor has said something of
// it.
func CredentialFact(name string, known, accepted bool) Fact {
	switch {
	case !known:
		return Fact{Name: name, Verdict: Verdict{Idle, "not polled yet"}}
	case accepted:
		return Fact{Name: name, Verdict: Verdict{Good, "accepted"}}
	}
	return Fact{Name: name, Verdict: Verdict{Bad, "not working"}}
}

// CallsFact tells of the calls to an API.
func CallsFact(calls, failed int) Fact {
	text := fmt.Sprint(calls)
	if failed > 0 {
		text = fmt.Sprintf("%d, of which %d failed", calls, failed)
	}
	return Fact{Name: "API calls", Text: text}
}

// EndFact tells when something ends.
func EndFact(name string, end time.Time) Fact {
	if end.IsZero() {
		return Fact{Name: name, Text: "unknown"}
	}
	return Fact{Name: name, Until: end}
}
