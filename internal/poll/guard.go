package poll

import (
	"fmt"
	"runtime/debug"
)

// Panic is the error that a panic became.
type Panic struct {
	what  string
	value any
	// Stack is where it happened, for the log.
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("%s panicked: %v", p.what, p.value) }

// Guard calls f and turns a panic into an error of type *Panic, which begins
// with what: what an answer does to the code that reads it must cost that
// answer and no more. A goroutine that f starts needs a guard of its own.
func Guard[T any](what string, f func() (T, error)) (result T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{what, v, debug.Stack()}
		}
	}()
	return f()
}
