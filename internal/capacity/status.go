package capacity

import (
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// tokenStatus is how the API token of a company stands.
type tokenStatus struct {
	// Accepted is the platform's last word, and Known says whether there is one.
	Accepted, Known bool
	// Readable says whether the file holds a usable token, and Loaded is when
	// the one in use was read first, the zero time without one.
	Readable bool
	Loaded   time.Time
	// Number and Created are what the token says of itself, "" and the zero
	// time where it says nothing.
	Number  string
	Created time.Time
}

// Status returns how the company stands, without asking the platform.
func (c *company) Status() fleet.Status {
	calls, failed := c.api.Calls()
	status := fleet.Status{
		Name: c.labels[0].Value, Polled: "Resource", Counted: "Records",
		Facts: append(c.token().facts(), fleet.CallsFact(calls, failed)), Do: whatToDo,
	}
	c.has.each(func(resource string, state int) {
		if name := resourceStateNames[state]; name == resourceMissing || name == resourceForbidden {
			status.Facts = append(status.Facts, fleet.Fact{Name: resource, Text: name + ": the company's package may lack it"})
		}
	})
	status.Polls = c.polls.Statuses()
	return status
}

// whatToDo is what --config.check advises about what failed.
func whatToDo(p poll.Status) string {
	_, do := verdict(poll.Outcome{Query: p.Name, Err: p.Err})
	return do
}

// facts are what a person wants to know of a token.
func (t tokenStatus) facts() []fleet.Fact {
	number := fleet.Fact{Name: "Token number", Text: "unknown"}
	if t.Number != "" {
		number.Text = t.Number
	}
	created := fleet.Fact{Name: "Token generated", Text: "unknown"}
	if !t.Created.IsZero() {
		created = fleet.Fact{Name: "Token generated", Since: t.Created}
	}
	file := fleet.Fact{Name: "Token file", Text: "not read yet"}
	if !t.Loaded.IsZero() {
		file = fleet.Fact{Name: "Token file", Text: "read", Since: t.Loaded}
	}
	if !t.Readable {
		file.Verdict = fleet.Verdict{Tone: fleet.Bad, Word: "unusable"}
	}
	return []fleet.Fact{fleet.CredentialFact("Capacity platform's token", t.Known, t.Accepted), number, created, file}
}
