package statuspage

import (
	"fmt"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// verdictOfPoll is how a collector stands, or a resource of a company.
func verdictOfPoll(c poll.Status) verdict {
	switch {
	case !c.Polled() && c.Late:
		return verdict{"idle", "first answer under way"}
	case !c.Polled():
		return waiting
	case c.Idle:
		return verdict{"idle", "not scraped any more"}
	case c.Success && c.Truncated:
		return verdict{"poor", "cut off"}
	case c.Success:
		return good
	case c.Withdrawn:
		return verdict{"bad", "withdrawn"}
	case c.LastSuccess.IsZero():
		return verdict{"bad", "failing"}
	case c.Err == nil:
		return verdict{"poor", "overdue, old answer served"}
	}
	return verdict{"poor", "failing, old answer served"}
}

// verdictOfCredential is how a credential stands, once something is known of it.
func verdictOfCredential(accepted, known bool) verdict {
	switch {
	case !known:
		return waiting
	case accepted:
		return verdict{"good", "accepted"}
	}
	return verdict{"bad", "not usable"}
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
		return "over for " + duration(now.Sub(t))
	}
	return "in " + duration(t.Sub(now))
}
