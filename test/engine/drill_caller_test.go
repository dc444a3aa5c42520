package engine

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/types"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/notifier"
)

// A sending is what a Prometheus sends to Alertmanager at one time.
type sending struct {
	at     time.Time
	alerts []*notifier.Alert
}

// A call is what a receiver is told of one alert.
type call struct {
	at       time.Time
	receiver string
	labels   model.LabelSet
	title    string
	firing   bool
	// news tells that the receiver has not been told of this since it was over.
	news bool
}

// calls are whom an Alertmanager calls that gets all that is sent, until a time.
// Its bubble has nothing else in it, so a day of it takes little.
func calls(t *testing.T, seed uint64, sent []sending, until time.Time) []call {
	t.Helper()
	c := &caller{told: map[string]map[model.Fingerprint]bool{}}
	synctest.Test(t, func(t *testing.T) {
		if len(sent) > 0 { // a bubble begins decades before
			time.Sleep(time.Until(sent[0].at))
		}
		a := startAlertmanager(t, c.receivers)
		draw := rand.New(rand.NewPCG(seed, 0xca11))
		for _, s := range sent {
			// What is sent takes a moment. Without it, all of Alertmanager's timers
			// would end in the very moment in which something is sent.
			time.Sleep(time.Until(s.at) + time.Duration(draw.Int64N(int64(time.Second))))
			a.Send(s.alerts...)
		}
		time.Sleep(time.Until(until))
	})
	return c.calls
}

// A caller notes whom Alertmanager calls.
type caller struct {
	mu    sync.Mutex
	calls []call
	told  map[string]map[model.Fingerprint]bool // what is open, as a group was told last
}

// receivers are those of a configuration.
func (c *caller) receivers(of *config.Config) map[string][]notify.Integration {
	all := map[string][]notify.Integration{}
	for _, r := range of.Receivers {
		for i, hook := range r.WebhookConfigs {
			all[r.Name] = append(all[r.Name], notify.NewIntegration(c, hook, "webhook", i, r.Name))
		}
	}
	return all
}

// Notify takes what is told of a group: all of it, whatever has changed. If
// nothing has, it is told once more.
func (c *caller) Notify(ctx context.Context, alerts ...*types.Alert) (retry bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	receiver, _ := notify.ReceiverName(ctx)
	group, _ := notify.GroupKey(ctx)
	before, open, again := c.told[group], map[model.Fingerprint]bool{}, true
	for _, a := range alerts {
		id, firing := a.Fingerprint(), !a.Resolved()
		again = again && firing && before[id]
		if firing {
			open[id] = true
		}
	}
	for _, a := range alerts {
		id := a.Fingerprint()
		c.calls = append(c.calls, call{
			at: time.Now(), receiver: receiver, labels: a.Labels, title: string(a.Annotations["summary"]), firing: open[id], news: again || !before[id],
		})
	}
	c.told[group] = open
	return false, nil
}
