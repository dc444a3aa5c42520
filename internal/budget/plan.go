package budget

import (
	"fmt"
	"time"
)

const (
	// planned is the part of a budget that polls may take in steady state. The
	// rest is for tokens, for second tries and for what is asked for the first
	// time.
	planned = 0.9
	// alertsLast is how many times further than that of the first priority the
	// interval of everything else is stretched, once both have to be.
	alertsLast = 5
)

// Demand is what asks again and again.
type Demand struct {
	Priority Priority
	// Interval is how often it asks at most, and Calls what that takes each
	// time.
	Interval time.Duration
	Calls    int
}

func (d Demand) perMinute() float64 {
	return float64(d.Calls) * float64(time.Minute) / float64(d.Interval)
}

// Plan is what all that asks needs in steady state, and by how much its
// intervals have to be stretched so that it fits the budget: the first priority
// last, everything else evenly.
type Plan struct {
	// Needed is how many calls a minute the intervals as configured take, and
	// Limit how many of the budget they may take.
	Needed, Limit float64
	// Late is by how much the longest interval grows.
	Late time.Duration

	first, rest float64
}

// NewPlan plans for a budget of so many calls a minute.
func NewPlan(perMinute int, demands []Demand) Plan {
	var first, rest float64
	for _, d := range demands {
		if d.Priority == First {
			first += d.perMinute()
		} else {
			rest += d.perMinute()
		}
	}
	p := Plan{Needed: first + rest, Limit: planned * float64(perMinute), first: 1, rest: 1}
	if p.Needed <= p.Limit {
		return p
	}
	if left := p.Limit - first; left > 0 && rest <= alertsLast*left {
		p.rest = rest / left
	} else {
		p.first = max(1, (first+rest/alertsLast)/p.Limit)
		p.rest = alertsLast * p.first
	}
	for _, d := range demands {
		p.Late = max(p.Late, time.Duration(float64(d.Interval)*(p.Stretch(d.Priority)-1)))
	}
	return p
}

// Stretch is what an interval is multiplied by so that all fits: 1 where it
// does as it is.
func (p Plan) Stretch(priority Priority) float64 {
	if priority == First {
		return max(1, p.first)
	}
	return max(1, p.rest)
}

// Fits reports whether everything is asked for as often as configured.
func (p Plan) Fits() bool { return p.Needed <= p.Limit }

// Notices say what is doubtful: that intervals are stretched, and what to do
// about it.
func (p Plan) Notices() []string {
	if p.Fits() {
		return nil
	}
	return []string{fmt.Sprintf("the tenants need %s. Divide them among exporters with separate source addresses, disable collectors, "+
		"or poll less often (--collector.NAME.min-interval). The API rejects more than 1000 calls a minute from one address; "+
		"--api.requests-per-minute is the share of this exporter", p)}
}

// String is the plan in words.
func (p Plan) String() string {
	if p.Fits() {
		return fmt.Sprintf("%.0f of %.0f calls a minute", p.Needed, p.Limit)
	}
	return fmt.Sprintf("%.0f of %.0f calls a minute: data will be up to %s older", p.Needed, p.Limit, p.Late.Round(time.Second))
}
