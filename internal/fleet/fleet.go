// Package fleet is the list of what is watched, whoever its vendor is.
package fleet

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// Watched is what one vendor is asked about as one thing: a tenant, a company.
type Watched interface {
	// Scrape returns the series that there are when ctx ends.
	Scrape(ctx context.Context, r Request) []exposition.Part
	// Status tells how it stands, without asking the vendor: one for each of
	// its parts.
	Status() []Status
	// Check asks for all there is once and tells how that ended.
	Check(ctx context.Context) []Report
	// Close ends what it does in the background and forgets its metrics.
	Close()
}

// Request is what a scrape wants.
type Request struct {
	// Collectors are the names of those to show, or none for all.
	Collectors []string
	// Named says that it was asked for by its name.
	Named bool
	// Page is what the series are for.
	Page *poll.Page
}

// Report is what a check found of one thing, for a person to read.
type Report struct {
	Title string
	// Columns and Rows are a table of all that was asked for.
	Columns []string
	Rows    [][]string
	// Lacks are what there is not and can be done without, and why, such as
	// "tunnel_list (forbidden)".
	Lacks []string
	// Notes are worth knowing.
	Notes []string
	// Problems are what is missing or wrong and what to do about it, and Alike
	// is how many rows were left out for failing as another does.
	Problems []Problem
	Alike    int
	// Good says that nothing is wrong.
	Good bool
}

// Problem is what is wrong in one or more places and what to do about it.
type Problem struct {
	Errors []string
	Do     string
}

// Add adds what is wrong and what to do about it. Advice is given once, and
// what was told is not told again: Add reports whether that was so.
func (r *Report) Add(err, do string) (again bool) {
	i := slices.IndexFunc(r.Problems, func(p Problem) bool { return p.Do == do })
	if i < 0 {
		i = len(r.Problems)
		r.Problems = append(r.Problems, Problem{Do: do})
	}
	p := &r.Problems[i]
	if slices.Contains(p.Errors, err) {
		return true
	}
	p.Errors = append(p.Errors, err)
	return false
}

// Entry is what a configuration says of one thing to watch.
type Entry struct {
	// Name is that in labels, logs and URLs; no other entry has it.
	Name string
	// Labels go with it in /targets.
	Labels map[string]string
	// Config is all else that the configuration says of it. What has the same
	// as before goes on as it is.
	Config any
	// New starts to watch it.
	New func() (Watched, error)
}

// Member is one of what is watched. Its name and labels are the
// configuration's: the labels can change while it goes on.
type Member struct {
	Watched
	Name   string
	Labels map[string]string

	config any
}

// Fleet is what is watched. It can be given other entries while it runs: what
// is the same keeps its token, readings and counters.
type Fleet struct {
	mu      sync.Mutex // of Apply
	members atomic.Pointer[members]
}

// members are those in force, and where each is by its name: a scrape of one
// must not look at all.
type members struct {
	all   []Member
	place map[string]int
}

// Change is how many members an Apply has started and ended.
type Change struct{ Started, Ended int }

// New returns a fleet without members.
func New() *Fleet {
	f := &Fleet{}
	f.members.Store(&members{})
	return f
}

// Apply gives the fleet the members of a configuration. When it fails, the
// fleet is as it was.
func (f *Fleet) Apply(entries []Entry) (Change, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.members.Load()
	next := &members{place: make(map[string]int, len(entries))}
	kept := make(map[string]bool, len(entries))
	var started []Member
	for i, e := range entries {
		if _, taken := next.place[e.Name]; taken {
			closeAll(started)
			return Change{}, fmt.Errorf("two tenants or companies have the name %q: give one of them another name", e.Name)
		}
		m := Member{Name: e.Name, Labels: e.Labels, config: e.Config}
		if old, ok := before.find(e.Name); ok && reflect.DeepEqual(old.config, e.Config) {
			m.Watched, kept[e.Name] = old.Watched, true
		} else {
			w, err := e.New()
			if err != nil {
				closeAll(started)
				return Change{}, err
			}
			m.Watched = w
			started = append(started, m)
		}
		next.all = append(next.all, m)
		next.place[e.Name] = i
	}
	f.members.Store(next)
	// Scrapes that began with a member that is gone end with its errors.
	var ended []Member
	for _, m := range before.all {
		if !kept[m.Name] {
			ended = append(ended, m)
		}
	}
	closeAll(ended)
	return Change{Started: len(started), Ended: len(ended)}, nil
}

// Members are all that are watched, in the order of the configuration.
func (f *Fleet) Members() []Member { return f.members.Load().all }

// Find returns the member of a name.
func (f *Fleet) Find(name string) (Member, bool) { return f.members.Load().find(name) }

func (m *members) find(name string) (Member, bool) {
	i, ok := m.place[name]
	if !ok {
		return Member{}, false
	}
	return m.all[i], true
}

// Close ends what the members do in the background.
func (f *Fleet) Close() { closeAll(f.Members()) }

// closeAll closes members side by side: each may wait for what it has under
// way.
func closeAll(members []Member) {
	var wg sync.WaitGroup
	for _, m := range members {
		wg.Go(m.Close)
	}
	wg.Wait()
}
