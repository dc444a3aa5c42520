package engine

import (
	"slices"
	"sync"
)

// ears take down what receivers are told.
type ears struct {
	mu   sync.Mutex
	told []notification
}

func (e *ears) take(n notification) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = append(e.told, n)
}

// all are the notifications since heard.
func (e *ears) all() []notification {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.told)
}

// heard is who was told what since it was asked last, one line for each alert.
func (e *ears) heard() (all []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range e.told {
		for _, a := range n.Alerts {
			all = append(all, n.Receiver+" "+a.Status+": "+a.Annotations["summary"])
		}
	}
	e.told = nil
	return all
}

// notifications is how often a receiver was told of something since heard.
func (e *ears) notifications(receiver string) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range e.told {
		if one.Receiver == receiver {
			n++
		}
	}
	return n
}
