package simulator

import (
	"iter"
	"time"
)

// A user is a mobile user.
type user struct {
	index    uint64
	name     string
	location *location
	devices  int64
}

// newUsers puts users where mobile users can connect; the first locations have more of them.
func newUsers(w *World, n int) []user {
	var open []*location
	for _, l := range w.locations {
		if l.offered[MobileUsers] {
			open = append(open, l)
		}
	}
	users := make([]user, n)
	for i := range users {
		at := min(pick(len(open), forUser, w.seed, uint64(i), 3), pick(len(open), forUser, w.seed, uint64(i), 4))
		users[i] = user{uint64(i), userName(w.seed, i), open[at], 1 + int64(pick(8, forUser, w.seed, uint64(i), 5)/7)}
	}
	return users
}

// connected tells whether a user is. Everybody has a liking for certain hours and a mood that changes every few
// minutes, so that the number follows the time of day at the user's place and is never quite still.
func (w *World) connected(u user, at time.Time) bool {
	if w.clock.still {
		return true
	}
	slot := uint64(at.Unix() / 300)
	threshold := 0.8*chance(forUser, w.seed, u.index, 6) + 0.2*chance(forUser, w.seed, u.index, 7, slot)
	return threshold < dayCurve(at, u.location.east) && u.location.stateAt(MobileUsers, at) != Down
}

func userCountRecords(w *World, _ window) iter.Seq[record] {
	return func(yield func(record) bool) {
		now, n := w.clock.now(), int64(0)
		for _, u := range w.users {
			if w.connected(u, now) {
				n++
			}
		}
		yield(record{"user_count": n})
	}
}

func userRecords(w *World, _ window) iter.Seq[record] {
	return func(yield func(record) bool) {
		now := w.clock.now()
		for _, u := range w.users {
			if !w.connected(u, now) {
				continue
			}
			r := record{
				"gpuser_name": u.name, "num_connections": u.devices, "user_location": u.location.city,
				"user_location_country": u.location.country, "pa_location": u.location.name,
				"edge_location_display_name": u.location.name,
			}
			// Some users' whereabouts are not known.
			if u.index%23 == 11 {
				delete(r, "user_location")
				r["user_location_country"] = nil
			}
			if !yield(r) {
				return
			}
		}
	}
}

// loginRecords are the users seen in the window, by location.
func loginRecords(w *World, span window) iter.Seq[record] {
	return func(yield func(record) bool) {
		seen := make(map[*location]int64)
		for _, u := range w.users {
			if w.connectedIn(u, span) {
				seen[u.location]++
			}
		}
		for _, l := range w.locations {
			n, there := seen[l]
			if there && !yield(record{"edge_location_display_name": l.name, "unique_users": n}) {
				return
			}
		}
		if len(seen) > 0 {
			yield(record{"edge_location_display_name": noData, "unique_users": int64(1)})
		}
	}
}

// connectedIn looks at every hour of the last day of a window: longer ones have the same hours again.
func (w *World) connectedIn(u user, span window) bool {
	end := earlier(span.to, w.clock.now())
	from := later(span.from, end.Add(-24*time.Hour))
	for at := end; !at.Before(from); at = at.Add(-time.Hour) {
		if w.connected(u, at) {
			return true
		}
	}
	return false
}
