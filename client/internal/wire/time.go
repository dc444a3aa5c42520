package wire

import (
	"strconv"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// maxMilliseconds is the year 9999, behind which time.Time has no text form.
const maxMilliseconds = 253402300799000

// minMilliseconds is in 1973. What is less is no time of a service that is younger:
// it is in another unit, such as seconds, and would be shown as long past.
const minMilliseconds = 100_000_000_000

func readMilliseconds(raw []byte, target *insights.Time) fit {
	var n insights.Number
	readNumber(raw, &n)
	switch {
	case n.Valid && n.Value == 0:
		return none
	case !n.Valid || n.Value < minMilliseconds || n.Value >= maxMilliseconds:
		return wrong
	}
	target.Time = time.UnixMilli(int64(n.Value))
	return filled
}

// timeLayouts are the texts in which the API's documentation shows times.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02T15:04:05"}

// readTime reads a time that is a text, be it a time's own form or a number.
func readTime(text string, target *insights.Time) fit {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			target.Time = t
			return filled
		}
	}
	var n insights.Number
	if how := readQuoted(text, &n); how != filled {
		return how
	}
	return readMilliseconds(strconv.AppendFloat(nil, n.Value, 'f', 0, 64), target)
}
