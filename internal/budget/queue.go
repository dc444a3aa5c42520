package budget

import (
	"cmp"
	"container/heap"
)

// tenant is what is known of one tenant. The budget's mu guards it.
type tenant struct {
	running int    // calls under way, with a place or not
	slow    int    // calls under way that are slow
	turn    uint64 // of the last call
	waiting [priorities]fifo
	// at is the place of the tenant in the heap of each priority, from 1.
	at [priorities]int
	// in is the heap that it is in.
	in [priorities]*tenantHeap
}

// fifo are calls that wait, the first to come first. Those that gave up are
// passed over when their turn comes.
type fifo struct {
	calls []*Call
	live  int
}

func (f *fifo) push(c *Call) {
	f.calls = append(f.calls, c)
	f.live++
}

// first is the call whose turn it is, or nil.
func (f *fifo) first() *Call {
	for len(f.calls) > 0 && f.calls[0] == nil {
		f.calls = f.calls[1:]
	}
	if len(f.calls) == 0 {
		f.calls = nil
		return nil
	}
	return f.calls[0]
}

func (f *fifo) remove(c *Call) {
	for i, one := range f.calls {
		if one == c {
			f.calls[i] = nil
			f.live--
			return
		}
	}
}

// ready are the tenants with calls of one priority that wait: those without a
// slow call, who need a place, and those with one, who do not.
type ready struct{ quick, slow tenantHeap }

// tenantHeap has the tenant on top whose turn it is.
type tenantHeap struct {
	priority Priority
	tenants  []*tenant
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (h *tenantHeap) Len() int { return len(h.tenants) }

func (h *tenantHeap) Less(i, j int) bool { return h.tenants[i].before(h.tenants[j], h.priority) }

func (h *tenantHeap) Swap(i, j int) {
	t := h.tenants
	t[i], t[j] = t[j], t[i]
	t[i].at[h.priority], t[j].at[h.priority] = i+1, j+1
}

// Push is described at Len.
func (h *tenantHeap) Push(x any) {
	t := x.(*tenant)
	h.tenants = append(h.tenants, t)
	t.at[h.priority], t.in[h.priority] = len(h.tenants), h
}

// Pop is described at Len.
func (h *tenantHeap) Pop() any {
	last := len(h.tenants) - 1
	t := h.tenants[last]
	h.tenants[last] = nil
	h.tenants = h.tenants[:last]
	t.at[h.priority], t.in[h.priority] = 0, nil
	return t
}

// top is the tenant whose turn it is, if it may have one more call under way.
func (h *tenantHeap) top(most int) *tenant {
	if len(h.tenants) == 0 || h.tenants[0].running >= most {
		return nil // nobody has fewer under way
	}
	return h.tenants[0]
}

// before reports whether it is a tenant's turn before another's.
func (t *tenant) before(other *tenant, p Priority) bool {
	return cmp.Or(cmp.Compare(t.running, other.running), cmp.Compare(t.turn, other.turn),
		cmp.Compare(t.waiting[p].first().number, other.waiting[p].first().number)) < 0
}

// tenant returns what is known of a tenant. b.mu must be held.
func (b *Budget) tenant(name string) *tenant {
	t := b.tenants[name]
	if t == nil {
		t = &tenant{}
		b.tenants[name] = t
	}
	return t
}

// Forget drops what is known of a tenant that is no more.
func (b *Budget) Forget(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.tenants, name)
}

// enqueue has a call wait. b.mu must be held.
func (b *Budget) enqueue(c *Call) {
	b.calls++
	c.number = b.calls
	c.tenant.waiting[c.priority].push(c)
	b.moved(c.tenant)
}

// dequeue takes a call out of those that wait. b.mu must be held.
func (b *Budget) dequeue(c *Call) {
	c.tenant.waiting[c.priority].remove(c)
	b.moved(c.tenant)
}

// moved puts a tenant where it belongs after something about it has changed.
// b.mu must be held.
func (b *Budget) moved(t *tenant) {
	for p := range b.ready {
		belongs := &b.ready[p].quick
		switch {
		case t.waiting[p].live == 0:
			belongs = nil
		case t.slow > 0:
			belongs = &b.ready[p].slow
		}
		switch in := t.in[p]; {
		case in == belongs && in != nil:
			heap.Fix(in, t.at[p]-1)
		case in != belongs:
			if in != nil {
				heap.Remove(in, t.at[p]-1)
			}
			if belongs != nil {
				heap.Push(belongs, t)
			}
		}
	}
}

// next is the call whose turn it is of those that may have leave, if any may.
// b.mu must be held.
func (b *Budget) next() *Call {
	most := b.options.Concurrency
	for p := range b.ready {
		best := b.ready[p].slow.top(most)
		if b.running < most {
			if quick := b.ready[p].quick.top(most); best == nil || quick != nil && quick.before(best, Priority(p)) {
				best = quick
			}
		}
		if best != nil {
			return best.waiting[p].first()
		}
	}
	return nil
}
