package simulation

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Violation is something that must not be.
type Violation struct {
	// Kind is which invariant it is about, and Of whom it hits.
	Kind string        `yaml:"kind"`
	Of   string        `yaml:"of,omitempty"`
	At   time.Duration `yaml:"at"`
	What string        `yaml:"what"`
}

func (v Violation) String() string { return fmt.Sprintf("%s: %s %s: %s", v.At, v.Kind, v.Of, v.What) }

// mostViolations is how many are worth knowing of one run.
const mostViolations = 40

// A checker holds pages against what has to be.
type checker struct {
	world    *world
	troubles []trouble
	settle   time.Duration
	tenants  []tenant

	mu         sync.Mutex
	violations []Violation
	told       map[string]bool
	secrets    []string
	pages      int
	counters   map[string]counted
	away       map[string]time.Time // since when a tenant is not configured
	last       map[string]*scrape   // of each target
	paces      map[string]pace      // of each collector of a scope
}

// counted is what a counter had, and when the scrape ended that showed it.
type counted struct {
	value float64
	end   time.Time
}

func newChecker(w *world) *checker {
	return &checker{
		world: w, troubles: w.scenario.troubles(), settle: w.scenario.settle(), tenants: w.scenario.tenants(),
		told: map[string]bool{}, counters: map[string]counted{}, away: map[string]time.Time{}, last: map[string]*scrape{}, paces: map[string]pace{},
	}
}

// violate notes a violation, once for each kind and whom it is about.
func (c *checker) violate(kind, of, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(kind, of, what)
}

// note is violate for who holds c.mu.
func (c *checker) note(kind, of, what string) {
	if key := kind + " " + of; !c.told[key] && len(c.violations) < mostViolations {
		c.told[key] = true
		c.violations = append(c.violations, Violation{kind, of, time.Since(c.world.start), what})
	}
}

func (c *checker) secret(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != "" && !slices.Contains(c.secrets, s) {
		c.secrets = append(c.secrets, s)
	}
}

// left and back tell that a tenant is taken out of the configuration, and put into it.
func (c *checker) left(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away[name] = time.Now()
	c.forget(name)
}

func (c *checker) back(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.away, name)
	c.forget(name)
}

// forget lets the counters of a tenant begin again.
func (c *checker) forget(name string) {
	for key := range c.counters {
		if strings.Contains(key, `tenant="`+name+`"`) {
			delete(c.counters, key)
		}
	}
}

// mayBeUnknown tells whether a tenant need not have a page of its own.
func (c *checker) mayBeUnknown(name string, s *scrape) bool {
	t := c.world.scenario.tenant(name)
	return !c.world.configured.has(name) || t.found && c.since(s.begun) < c.settle
}

func (c *checker) since(at time.Time) time.Duration { return at.Sub(c.world.start) }

// pagesBetweenSecrets is how seldom pages are searched for secrets, which costs more than all else.
const pagesBetweenSecrets = 20

// look checks a page.
func (c *checker) look(s *scrape) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last[s.target] = s
	c.rising(s)
	c.truths(s)
	c.wellness(s)
	c.promptness(s)
	if c.pages++; c.pages%pagesBetweenSecrets == 0 {
		c.secretless("a page", s.page.text)
	}
}

// rising checks that no counter has fallen since a scrape that ended before this one began.
func (c *checker) rising(s *scrape) {
	for key, value := range s.page.counters {
		before, known := c.counters[key]
		if known && before.end.Before(s.begun) && value < before.value {
			c.note("counter", key, fmt.Sprintf("fell from %v to %v", before.value, value))
		}
		if !known || !before.end.After(s.end) {
			c.counters[key] = counted{value, s.end}
		}
	}
}

// secretless checks that a text has no secret in it.
func (c *checker) secretless(what, text string) {
	for _, secrets := range [][]string{c.secrets, c.world.network.ledger.tokens()} {
		for _, secret := range secrets {
			if secret != "" && strings.Contains(text, secret) {
				i := strings.Index(text, secret)
				c.note("secret", what, text[max(0, i-100):min(len(text), i+20)])
			}
		}
	}
}

// end checks what is to be seen at the end.
func (c *checker) end() {
	h, leave := c.world.door.enter()
	defer leave()
	for _, path := range []string{"/", "/targets", "/metrics"} {
		answer := httptest.NewRecorder()
		h.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil))
		if answer.Code != http.StatusOK {
			c.violate("status", path, fmt.Sprintf("%d: %.200s", answer.Code, answer.Body))
		}
		c.mu.Lock()
		c.secretless(path, answer.Body.String())
		c.mu.Unlock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.last {
		c.alertsRaised(s)
	}
	c.secretless("the log", c.world.log.String())
	l := c.world.network.ledger
	budget := c.world.scenario.Budget
	if budget == 0 {
		budget = 600
	}
	if at, over := crowded(l.insights, budget); over {
		c.note("budget", "insights", fmt.Sprintf("more than %d calls in the minute before %s", budget, c.since(at)))
	}
	if at, over := crowded(l.platform, budget); over {
		c.note("budget", "capacity", fmt.Sprintf("more than %d calls in the minute before %s", budget, c.since(at)))
	}
	if strings.Contains(c.world.log.String(), "panic") {
		c.note("panic", "", c.world.log.String())
	}
}

// mostLeft is how much more memory may be in use than before: caches that are kept for the next time.
const mostLeft = 48 << 20

// stock compares what a process holds before the exporter was opened and after it was closed.
func (c *checker) stock(before, after stock) {
	if after.goroutines > before.goroutines {
		stacks := make([]byte, 1<<20)
		c.violate("goroutines", "", fmt.Sprintf("%d before and %d after\n%s", before.goroutines, after.goroutines, stacks[:runtime.Stack(stacks, true)]))
	}
	if after.heap > before.heap+mostLeft {
		c.violate("memory", "", fmt.Sprintf("%d MiB before and %d after", before.heap>>20, after.heap>>20))
	}
}
