package budget

import (
	"math"
	"strings"
	"testing"
	"time"
)

// TestPlan checks that what is stretched fits the budget, that what fits is not
// stretched, and that alerts are stretched last.
func TestPlan(t *testing.T) {
	const alerts, health = 2, 9 // calls a minute of a tenant
	tenants := func(n int) (all []Demand) {
		for range n {
			all = append(all, Demand{First, 30 * time.Second, 1}, Demand{1, time.Minute, 4}, Demand{2, time.Minute, 5})
		}
		return all
	}
	for n, want := range map[int]struct{ first, rest float64 }{
		1:    {1, 1},
		49:   {1, 1},
		60:   {1, 540. / 420},
		100:  {1, 900. / 340},
		200:  {(400 + 1800./5) / 540, 5 * (400 + 1800./5) / 540},
		1000: {(2000 + 9000./5) / 540, 5 * (2000 + 9000./5) / 540},
	} {
		p := NewPlan(600, tenants(n))
		first, rest := p.Stretch(First), p.Stretch(2)
		if math.Abs(first-want.first) > 1e-9 || math.Abs(rest-want.rest) > 1e-9 {
			t.Errorf("%d tenants: stretched by %.3f and %.3f, want %.3f and %.3f", n, first, rest, want.first, want.rest)
		}
		takes := float64(n) * (alerts/first + health/rest)
		if takes > p.Limit*1.000001 {
			t.Errorf("%d tenants: the stretched intervals take %.0f calls a minute of %.0f", n, takes, p.Limit)
		}
		if p.Fits() != (first == 1 && rest == 1) {
			t.Errorf("%d tenants: fits %v, but is stretched by %.3f and %.3f", n, p.Fits(), first, rest)
		}
		if want := time.Duration(float64(time.Minute) * (rest - 1)); (p.Late - want).Abs() > time.Millisecond {
			t.Errorf("%d tenants: late by %s, want %s", n, p.Late, want)
		}
	}
}

func TestPlanInWords(t *testing.T) {
	demand := []Demand{{First, 30 * time.Second, 1}, {1, time.Minute, 8}}
	if got := NewPlan(600, demand).String(); got != "10 of 540 calls a minute" {
		t.Error(got)
	}
	if got := NewPlan(10, demand).String(); !strings.HasPrefix(got, "10 of 9 calls a minute: data will be up to 9s older") {
		t.Error(got)
	}
	if got := (Plan{}).Stretch(First); got != 1 {
		t.Errorf("nothing is planned, and intervals are stretched by %v", got)
	}
}
