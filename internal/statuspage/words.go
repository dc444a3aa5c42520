package statuspage

import (
	"fmt"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/discovery"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// verdictOfPoll is how a collector stands, or a resource of a company.
func verdictOfPoll(c poll.Status) fleet.Verdict {
	switch {
	case !c.Polled() && c.Late:
		return fleet.Verdict{Tone: fleet.Idle, Word: "first poll running"}
	case !c.Polled(), c.Pending:
		return waiting
	case c.Idle:
		return fleet.Verdict{Tone: fleet.Idle, Word: "not scraped any more"}
	case c.Success && c.Truncated:
		return fleet.Verdict{Tone: fleet.Poor, Word: "cut off"}
	case c.Success:
		return good
	case c.Withdrawn:
		return fleet.Verdict{Tone: fleet.Bad, Word: "failing, data expired"}
	case c.LastSuccess.IsZero():
		return failing
	case c.Err == nil:
		return fleet.Verdict{Tone: fleet.Poor, Word: "overdue, showing old data"}
	}
	return fleet.Verdict{Tone: fleet.Poor, Word: "failing, showing old data"}
}

// verdictOfDiscovery is how a discovery stands.
func verdictOfDiscovery(d discovery.Status) fleet.Verdict {
	switch {
	case !d.Ended:
		return waiting
	case d.Success:
		return good
	}
	return failing
}

// duration is a length of time as people say it, in its two largest units.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// briefly is a length of time in its largest unit.
func briefly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// ago is how long before now t was.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return duration(max(now.Sub(t), 0)) + " ago"
}

// in is how long after now t will be.
func in(now, t time.Time) string {
	switch {
	case t.IsZero():
		return "unknown"
	case t.Before(now):
		return "expired " + ago(now, t)
	}
	return "in " + duration(t.Sub(now))
}
