package discovery

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
)

// TestChildrenOfAProvider have both of their IDs and their regions, keep them
// while the hierarchy cannot be read, and are tenants where they are drilled.
func TestChildrenOfAProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.set(nil, 2, 3)
		b.known = []config.Group{{ID: "2", CDL: "92", Region: "us"}, {ID: "7"}}
		c := provider(10, "t{{.ID}}")
		c.Discoveries[0].Provider = &config.Provider{DrillDown: true, DrillInterval: time.Hour}
		if err := b.Configure(c); err != nil {
			t.Fatal(err)
		}
		b.want("at the start", "by-hand t2 t3", 2)
		b.children("at the start", config.Child{Name: "t2", ID: "2", CDL: "92", Region: "us"}, config.Child{Name: "t3", ID: "3", Region: "eu"})
		if got := b.whole.Tenants[1]; got.Region != "us" || got.DrillInterval != time.Hour {
			t.Errorf("the tenant is %+v", got)
		}

		b.mu.Lock()
		b.known, b.unknown = nil, errors.New("no hierarchy")
		b.mu.Unlock()
		b.set(nil, 2, 3, 4)
		time.Sleep(70 * time.Minute)
		b.want("without the hierarchy", "by-hand t2 t3 t4", 3)
		b.children("without the hierarchy", config.Child{Name: "t2", ID: "2", CDL: "92", Region: "us"}, config.Child{Name: "t3", ID: "3", Region: "eu"}, config.Child{Name: "t4", ID: "4", Region: "eu"})
		if !strings.Contains(b.logs.String(), "no hierarchy") {
			t.Errorf("the log says %s", &b.logs)
		}

		// With another pace and without tenants, what was found goes on.
		listed, _ := b.counts()
		c = provider(10, "t{{.ID}}")
		c.Discoveries[0].Provider = &config.Provider{}
		if err := b.Configure(c); err != nil {
			t.Fatal(err)
		}
		b.want("not drilled", "by-hand", 4)
		b.children("not drilled", config.Child{Name: "t2", ID: "2", CDL: "92", Region: "us"}, config.Child{Name: "t3", ID: "3", Region: "eu"}, config.Child{Name: "t4", ID: "4", Region: "eu"})
		if again, _ := b.counts(); again != listed {
			t.Errorf("listed %d times more", again-listed)
		}
	})
}

// children wants those of the provider that are in force.
func (b *bench) children(what string, want ...config.Child) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if got := b.whole.Children["msp"]; !reflect.DeepEqual(got, want) {
		b.t.Errorf("%s: the children are %+v, want %+v", what, got, want)
	}
}
