package poll

import (
	"fmt"
	"runtime/debug"
)

// Guard calls f and turns a panic into an error, which begins with what: what
// an answer does to the code that reads it must cost that answer and no more.
// A goroutine that f starts needs a guard of its own.
func Guard[T any](what string, f func() (T, error)) (result T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s panicked: %v\n%s", what, v, debug.Stack())
		}
	}()
	return f()
}
