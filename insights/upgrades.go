package insights

import (
	"regexp"
	"strconv"
	"time"
)

// upgradesBehind and upgradesAhead are the days for which upgrades are asked for:
// those that may still be under way, and those of the next weeks.
const (
	upgradesBehind = 1
	upgradesAhead  = 60
)

// UpgradesAround selects the upgrades of some weeks, in the form of the API's own
// example: the days are lists within a list.
func UpgradesAround(now time.Time) *Filter {
	today := now.UTC().Truncate(24 * time.Hour)
	is := func(property string, days int) Rule {
		day := today.AddDate(0, 0, days).Format("2006-01-02T15:04:05.000Z")
		return Rule{Property: property, Operator: "equals", Values: []any{[]any{day}}}
	}
	return All(is("start_date", -upgradesBehind), is("end_date", upgradesAhead))
}

// epochMilliseconds are those at the beginning of a text. Numbers of fewer digits
// or more are no time of an upgrade.
var epochMilliseconds = regexp.MustCompile(`^\d{13}\b`)

// Start is the instant that the column holds, or the first of the two where it
// holds a span: the API's documents print upgrade_ts as a range of epoch
// milliseconds. It is the zero time where the column holds neither.
func (s Scalar) Start() time.Time {
	if ms, err := strconv.ParseInt(epochMilliseconds.FindString(s.String()), 10, 64); err == nil {
		return time.UnixMilli(ms)
	}
	if at, err := time.Parse(time.RFC3339, s.Text); err == nil {
		return at
	}
	return time.Time{}
}
