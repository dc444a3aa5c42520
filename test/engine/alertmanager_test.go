package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/alertmanager/types"
	"github.com/prometheus/client_golang/prometheus"
	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/notifier"

	"github.com/prisma-exporter/prisma_exporter/test/pipe"
)

// alertmanager groups, inhibits and notifies as Alertmanager's binary does, in
// this process, with the route that is shipped and its intervals.
type alertmanager struct {
	t        *testing.T
	alerts   *mem.Alerts
	silences *silence.Silences
}

// startAlertmanager starts one that tells the receivers of its configuration.
func startAlertmanager(t *testing.T, receivers func(*config.Config) map[string][]notify.Integration) *alertmanager {
	t.Helper()
	a := &alertmanager{t: t}
	registry, logger := prometheus.NewRegistry(), promslog.NewNopLogger()
	c, err := config.LoadFile(glob(t, "alertmanager.example.yml")[0])
	a.must(err)
	marker := types.NewMarker(registry)
	a.alerts, err = mem.NewAlerts(context.Background(), marker, 30*time.Minute, 0, nil, logger, registry, featurecontrol.NoopFlags{})
	a.must(err)
	log, err := nflog.New(nflog.Options{Retention: 120 * time.Hour, Logger: logger, Metrics: registry})
	a.must(err)
	a.silences, err = silence.New(silence.Options{Retention: 120 * time.Hour, Logger: logger, Metrics: registry})
	a.must(err)

	inhibitor := inhibit.NewInhibitor(a.alerts, c.InhibitRules, marker, logger)
	pipeline := notify.NewPipelineBuilder(registry, featurecontrol.NoopFlags{}).New(receivers(c), func() time.Duration { return 0 }, inhibitor,
		silence.NewSilencer(a.silences, marker, logger), timeinterval.NewIntervener(nil), marker, log, nil)
	atLeast := func(d time.Duration) time.Duration { return max(d, notify.MinTimeout) }
	dispatcher := dispatch.NewDispatcher(a.alerts, dispatch.NewRoute(c.Route, nil), pipeline, marker, atLeast,
		30*time.Second, nil, logger, dispatch.NewDispatcherMetrics(false, registry))
	go inhibitor.Run()
	inhibitor.WaitForLoading()
	go dispatcher.Run(time.Now())
	dispatcher.WaitForLoading()
	t.Cleanup(func() {
		dispatcher.Stop()
		inhibitor.Stop()
		a.alerts.Close()
	})
	return a
}

// webhooks are the receivers of a configuration, over the network.
func webhooks(t *testing.T, n *pipe.Network) func(*config.Config) map[string][]notify.Integration {
	return func(c *config.Config) map[string][]notify.Integration {
		texts, err := template.FromGlobs(c.Templates)
		if err != nil {
			t.Fatal(err)
		}
		texts.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager"}
		receivers := map[string][]notify.Integration{}
		for _, r := range c.Receivers {
			for i, hook := range r.WebhookConfigs {
				notifier, err := webhook.New(hook, texts, promslog.NewNopLogger(), commoncfg.WithDialContextFunc(n.Dial))
				if err != nil {
					t.Fatal(err)
				}
				receivers[r.Name] = append(receivers[r.Name], notify.NewIntegration(notifier, hook, "webhook", i, r.Name))
			}
		}
		return receivers
	}
}

// Send takes alerts from Prometheus.
func (a *alertmanager) Send(alerts ...*notifier.Alert) {
	var taken []*types.Alert
	for _, alert := range alerts {
		taken = append(taken, &types.Alert{
			Alert: model.Alert{
				Labels: labelSet(alert.Labels), Annotations: labelSet(alert.Annotations),
				StartsAt: alert.StartsAt, EndsAt: alert.EndsAt, GeneratorURL: alert.GeneratorURL,
			},
			UpdatedAt: time.Now(),
		})
	}
	if err := a.alerts.Put(context.Background(), taken...); err != nil {
		a.t.Error(err)
	}
}

func labelSet(l labels.Labels) model.LabelSet {
	set := model.LabelSet{}
	l.Range(func(l labels.Label) { set[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
	return set
}

func (a *alertmanager) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// notification is what a receiver is told of one group.
type notification struct {
	Receiver string `json:"receiver"`
	Alerts   []struct {
		Status      string            `json:"status"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"alerts"`

	at time.Time
}

// receive makes a webhook that hands over each notification.
func receive(take func(notification)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := notification{at: time.Now()}
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		take(n)
	})
}
