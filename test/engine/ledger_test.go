package engine

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// account is what became of one alert.
type account struct {
	id, severity string
	// receiver is who is to be told, nobody if empty.
	receiver string

	raised, cleared     time.Time
	raisedIn, clearedIn string // the act of the play
	flaps               int

	pages, resolves []time.Time
}

func (a *account) paged() bool    { return len(a.pages) > 0 }
func (a *account) open() bool     { return !a.raised.IsZero() && a.cleared.IsZero() }
func (a *account) resolved() bool { return len(a.resolves) > 0 }

// ledger takes down who was told what.
type ledger struct {
	mu       sync.Mutex
	accounts []*account
	odd      []string // notifications that nobody should get
	// watchdogs are notifications of other alerts than Prisma's, by the act of
	// the play: how often they were told of, less how often of their end.
	act       string
	watchdogs map[string]map[string]int
	ever      map[string]bool // what was told of
	changed   chan struct{}   // closed at the next notification
}

func newLedger() *ledger {
	return &ledger{changed: make(chan struct{}), watchdogs: map[string]map[string]int{}, ever: map[string]bool{}}
}

// begin begins an act.
func (l *ledger) begin(act string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.act = act
}

func (l *ledger) take(n notification) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, alert := range n.Alerts {
		id, ok := alert.Labels["alert_id"]
		if !ok {
			l.watchdog(n.Receiver+" of "+alert.Labels["alertname"], alert.Status)
			continue
		}
		i := slices.IndexFunc(l.accounts, func(a *account) bool { return a.id == id })
		switch {
		case i < 0 || l.accounts[i].receiver != n.Receiver:
			l.odd = append(l.odd, fmt.Sprintf("%s told %s of %v", n.Receiver, alert.Status, alert.Labels))
		case alert.Status == "firing":
			l.accounts[i].pages = append(l.accounts[i].pages, n.at)
			if !strings.HasPrefix(alert.Annotations["description"], "Message of "+id) {
				l.odd = append(l.odd, fmt.Sprintf("%s was told %q", n.Receiver, alert.Annotations["description"]))
			}
		default:
			l.accounts[i].resolves = append(l.accounts[i].resolves, n.at)
		}
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// watchdog notes an alert of the exporter itself. Its end belongs to the act
// that it began in.
func (l *ledger) watchdog(told, status string) {
	if status == "firing" {
		if l.watchdogs[l.act] == nil {
			l.watchdogs[l.act] = map[string]int{}
		}
		l.watchdogs[l.act][told]++
		l.ever[told] = true
		return
	}
	for _, open := range l.watchdogs {
		if open[told] > 0 {
			open[told]--
			return
		}
	}
	// Alertmanager tells of the end of all in a group of which something was told,
	// of what was inhibited too.
	if !l.ever[told] {
		l.odd = append(l.odd, "the end of what nobody was told of: "+told)
	}
}

// await waits until all accounts are as they should be.
func (l *ledger) await(what string, good func(*account) bool) error {
	late := time.After(patience)
	for {
		l.mu.Lock()
		i := slices.IndexFunc(l.accounts, func(a *account) bool { return !good(a) })
		changed := l.changed
		l.mu.Unlock()
		if i < 0 {
			return nil
		}
		select {
		case <-changed:
		case <-late:
			return fmt.Errorf("alert %s is not %s after %s: %+v", l.accounts[i].id, what, patience, *l.accounts[i])
		}
	}
}

// settled waits until everybody knows of what is open and what is not.
func (l *ledger) settled() error {
	return l.await("settled", func(a *account) bool {
		return a.receiver == "" || a.raised.IsZero() || a.paged() && (a.open() || a.resolved())
	})
}

// notifications is how many there have been.
func (l *ledger) notifications() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.odd)
	for _, a := range l.accounts {
		n += len(a.pages) + len(a.resolves)
	}
	return n
}

// audit checks that each alert was told of once, and resolved once, and that
// the exporter told of itself where it was broken, and nowhere else.
func (l *ledger) audit(t *testing.T) {
	t.Helper()
	l.once(t)
	l.mu.Lock()
	defer l.mu.Unlock()
	for act, told := range l.watchdogs {
		for what, open := range told {
			if open != 0 {
				t.Errorf("%q: told %s, and %d of them have no end", act, what, open)
			}
			// An alert that was away before anybody could page has one of its own.
			if !slices.Contains(broken, act) && !strings.HasSuffix(what, " of PrismaAlertTooBrief") {
				t.Errorf("%q: told %s", act, what)
			}
		}
	}
	for _, act := range broken {
		if len(l.watchdogs[act]) == 0 {
			t.Errorf("nobody was told of %q", act)
		}
	}
}

// once checks that each alert that was raised was told of once, and resolved once.
func (l *ledger) once(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, odd := range l.odd {
		t.Error(odd)
	}
	for _, a := range l.accounts {
		want := 1
		if a.receiver == "" || a.raised.IsZero() {
			want = 0
		}
		if len(a.pages) != want || len(a.resolves) != want {
			t.Errorf("alert %s (%s, raised in %q, cleared in %q): %d notifications that it fires and %d that it is resolved, want %d of each",
				a.id, a.severity, a.raisedIn, a.clearedIn, len(a.pages), len(a.resolves), want)
		}
	}
}

// calm is the act in which nothing is broken.
const calm = "calm"

// broken are the acts that somebody has to be told of.
var broken = []string{apiFails, exporterAway}

const (
	apiFails     = "API fails"
	exporterAway = "exporter restarts"
)

// table logs what happened, in units of one interval.
func (l *ledger) table(t *testing.T, start time.Time) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	units := func(from, to time.Time) string { return fmt.Sprintf("%.1f", float64(to.Sub(from))/float64(interval)) }
	at := func(all []time.Time) string {
		if len(all) == 0 {
			return "-"
		}
		return units(start, all[0])
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "alert\tseverity\ttold\traised in\traised\tpage\tdelay\tflaps\tcleared in\tclear\tresolve\tdelay")
	delays := map[string][]time.Duration{}
	for _, a := range l.accounts {
		page, resolve := "-", "-"
		if a.paged() {
			page = units(a.raised, a.pages[0])
			delays["raise to page, "+a.raisedIn] = append(delays["raise to page, "+a.raisedIn], a.pages[0].Sub(a.raised))
		}
		if a.resolved() {
			resolve = units(a.cleared, a.resolves[0])
			delays["clear to resolve, "+a.clearedIn] = append(delays["clear to resolve, "+a.clearedIn], a.resolves[0].Sub(a.cleared))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", a.id, a.severity, a.receiver, a.raisedIn, units(start, a.raised),
			at(a.pages), page, a.flaps, a.clearedIn, units(start, a.cleared), at(a.resolves), resolve)
	}
	for _, what := range []string{"raise to page, " + calm, "clear to resolve, " + calm} {
		d := delays[what]
		if len(d) > 0 {
			slices.Sort(d)
			fmt.Fprintf(w, "\n%s: %d alerts, median %s, maximum %s", what, len(d), units(start, start.Add(d[len(d)/2])), units(start, start.Add(d[len(d)-1])))
		}
	}
	_ = w.Flush() // to memory
	t.Logf("times and delays in scrape and evaluation intervals of %s:\n%s", interval, text.String())
}
