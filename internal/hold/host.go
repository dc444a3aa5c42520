package hold

import (
	"maps"
	"time"
)

const (
	// evidence is how many queries have to be refused in a row, without a word
	// why, to be a matter of the host and not of each of them.
	evidence = 3
	// asks is how long after its last answer a tenant is one that asks.
	asks = 2 * time.Minute
	// longestBlock is how long such a matter lasts at most: the API is known to
	// block an address for ten minutes. What is still refused then is a matter
	// of permissions.
	longestBlock = 15 * time.Minute
)

// host is what is known of a host that may refuse everybody. A block of the
// address looks like a missing permission; what sets it apart is that it hits
// all tenants, and what was answered before.
type host struct {
	// proved is when each tenant had its last answer that a blocked address
	// would not have got.
	proved map[string]time.Time
	// refused are the queries that were refused since the last such answer.
	refused map[Key]struct{}
	// since is when the first of them was, the zero time for none.
	since time.Time
	// opened is until when asks come one by one, and slots when the next one may,
	// of alerts and of anything else.
	opened time.Time
	slots  [2]time.Time
	// forbidden are the queries that were refused while others were answered:
	// that is about them and not about the address.
	forbidden map[Key]struct{}
}

func (h *host) forget(tenant string) {
	delete(h.proved, tenant)
	for _, queries := range []map[Key]struct{}{h.refused, h.forbidden} {
		maps.DeleteFunc(queries, func(k Key, _ struct{}) bool { return k.Tenant == tenant })
	}
}

const (
	// opening is for how long asks of a host come one by one after a hold of
	// it, so that those who were kept from asking do not all come at once.
	opening = time.Minute
	// between is the time between two of them, of alerts and of anything else.
	between = 200 * time.Millisecond
)

// open begins to let asks of a host through. b.mu must be held.
func (b *Book) open(name string, now time.Time) {
	b.host(name).opened = now.Add(opening)
}

// slot is when an ask of a host may go out. b.mu must be held.
func (b *Book) slot(name string, urgent bool, now time.Time) time.Time {
	h := b.hosts[name]
	if h == nil || !now.Before(h.opened) {
		return now
	}
	next := &h.slots[0]
	if !urgent {
		next = &h.slots[1]
	}
	at := *next
	if at.Before(now) {
		at = now
	}
	*next = at.Add(between)
	if at.After(h.opened) {
		return h.opened
	}
	return at
}

// host is what is known of a host. b.mu must be held.
func (b *Book) host(name string) *host {
	h := b.hosts[name]
	if h == nil {
		h = &host{proved: map[string]time.Time{}, refused: map[Key]struct{}{}, forbidden: map[Key]struct{}{}}
		b.hosts[name] = h
	}
	return h
}

// proved takes in an answer that a blocked address would not have got. b.mu
// must be held.
func (b *Book) proved(k Key, now time.Time) {
	h := b.host(k.Host)
	h.proved[k.Tenant] = now
	h.since = time.Time{}
	maps.Copy(h.forbidden, h.refused)
	clear(h.refused)
}

// answers takes in a good answer to a query. b.mu must be held.
func (b *Book) answers(k Key, now time.Time) {
	if b.answered[k.Tenant] == nil {
		b.answered[k.Tenant] = map[Key]time.Time{}
	}
	b.answered[k.Tenant][k.subject()] = now
	b.proved(k, now)
	delete(b.hosts[k.Host].forbidden, k.subject())
}

// suspect takes in a refusal that does not say why. When all tenants that ask
// have been refused what was answered before, the host is held. b.mu must be
// held.
func (b *Book) suspect(k Key, r Refusal, now time.Time) {
	h := b.hosts[k.Host]
	answered, ok := b.answered[k.Tenant][k.subject()]
	if h == nil || !ok || now.Sub(answered) >= remembered {
		return
	}
	if _, known := h.forbidden[k.subject()]; known {
		return
	}
	if h.since.IsZero() {
		h.since = now
	}
	h.refused[k.subject()] = struct{}{}
	if now.Sub(h.since) > longestBlock {
		if s := b.holds[Host.of(k)]; s != nil && s.Reason == AllRefused {
			b.drop(s, "it has lasted too long to be about the address")
		}
		return
	}
	tenants := map[string]bool{}
	for subject := range h.refused {
		tenants[subject.Tenant] = true
	}
	for tenant, at := range h.proved {
		if now.Sub(at) < asks && !tenants[tenant] {
			return
		}
	}
	if len(h.refused) >= evidence {
		b.refuse(k, true, Refusal{Scope: Host, Reason: AllRefused, Err: r.Err}, now)
	}
}
