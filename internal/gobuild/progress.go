package gobuild

import (
	"fmt"
	"io"
	"os"
	"time"
)

// every is how often a log hears of progress. A terminal shows each step.
const every = 10 * time.Second

// ticker says how far a build is. It says nothing of what is there already.
type ticker struct {
	out      io.Writer
	what     string
	terminal bool

	started, said time.Time
	done, most    int
	unit          string
	open          bool // the line of a terminal
}

func newTicker(out io.Writer, what string) *ticker {
	t := &ticker{out: out, what: what, started: time.Now()}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		t.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return t
}

// stage begins to count something else. There is at most so much of it.
func (t *ticker) stage(unit string, most int) {
	t.close()
	t.unit, t.most, t.done = unit, most, 0
}

// step counts one that is done.
func (t *ticker) step(name string) {
	t.done++
	if t.out == nil {
		return
	}
	if t.terminal {
		fmt.Fprintf(t.out, "\r\033[K>> %s: %s", t.text(), name)
		t.open = true
	} else if t.done == 1 || time.Since(t.said) >= every {
		fmt.Fprintf(t.out, ">> %s\n", t.text())
		t.said = time.Now()
	}
}

func (t *ticker) text() string {
	return fmt.Sprintf("%s: %d of at most %d %s, %s", t.what, t.done, t.most, t.unit, time.Since(t.started).Round(time.Second))
}

// close ends a stage with its last figure.
func (t *ticker) close() {
	if t.out == nil || t.done == 0 {
		return
	}
	if t.open {
		fmt.Fprint(t.out, "\r\033[K")
		t.open = false
	}
	fmt.Fprintf(t.out, ">> %s\n", t.text())
	t.done = 0
}
