package logging

import (
	"slices"
	"time"

	"github.com/go-kit/log"
)

// timeLayout is how the time of a line is written: always as long.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// first are the keys that begin each line.
var first = []string{"time", "level", "msg"}

// layout gives all lines one form, whoever logs them: when it was, how bad it
// is, what it is, and then whom it concerns. Without the place in the code,
// which only some libraries tell and which says nothing to who runs this.
type layout struct{ next log.Logger }

// Log implements log.Logger.
func (l layout) Log(keyvals ...any) error {
	line := make([]any, 0, len(keyvals))
	for _, key := range first {
		for i := 0; i+1 < len(keyvals); i += 2 {
			if keyvals[i] == key {
				line = append(line, key, written(keyvals[i+1]))
			}
		}
	}
	for i := 0; i < len(keyvals); i += 2 {
		key, _ := keyvals[i].(string)
		if key != "caller" && !slices.Contains(first, key) {
			line = append(line, keyvals[i:min(i+2, len(keyvals))]...)
		}
	}
	return l.next.Log(line...)
}

// written is a value as it stands in a line.
func written(value any) any {
	if t, ok := value.(time.Time); ok {
		return t.UTC().Format(timeLayout)
	}
	return value
}
