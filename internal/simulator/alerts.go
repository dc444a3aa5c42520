package simulator

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"
)

// The words for an alert's state.
const (
	Raised      = "Raised"
	RaisedChild = "RaisedChild"
	Cleared     = "Cleared"
)

// An Alert is one alert as it is at a moment.
type Alert struct {
	ID       string
	Severity string
	Category string
	Code     string
	Message  string
	// State is Raised, RaisedChild or Cleared.
	State       string
	RaisedTime  time.Time
	UpdatedTime time.Time
	// Undated alerts have no time of being raised in an answer.
	Undated bool
	// ClearedTime is zero and ClearReason empty while the alert is open.
	ClearedTime time.Time
	ClearReason string
	Site        string
	Tunnel      string
	Location    string
	BGPPeer     string
	User        string
}

// severities are the words for how bad an alert is, and their numbers. Critical's number is a guess and Notification
// has none, as no source gives them.
var severities = map[string]int64{"Critical": 5, "High": 4, "Medium": 3, "Low": 2, "Informational": 1}

func (a Alert) open() bool { return a.State != Cleared }

// alertsNow are all alerts that the API would tell of, in the order in which they were raised.
func (w *World) alertsNow() []Alert {
	now := w.clock.now()
	stay := max(w.clock.faster(clearedAlertsStay), clearedAlertsAtBest)
	all := make(map[string]Alert)
	for a := range w.plannedAlerts(now, stay) {
		// A later raise of one alert takes the place of the earlier one.
		if old, there := all[a.ID]; !there || old.RaisedTime.Before(a.RaisedTime) {
			all[a.ID] = a
		}
	}
	w.mu.Lock()
	for id, a := range w.alerts {
		if planned, there := all[id]; !there || !planned.RaisedTime.After(a.UpdatedTime) {
			all[id] = a
		}
	}
	w.mu.Unlock()
	maps.DeleteFunc(all, func(_ string, a Alert) bool { return !a.open() && a.ClearedTime.Before(now.Add(-stay)) })
	return slices.SortedFunc(maps.Values(all), func(a, b Alert) int {
		return cmp.Or(a.RaisedTime.Compare(b.RaisedTime), cmp.Compare(a.ID, b.ID))
	})
}

// plannedAlerts are those of the scenario: raised by now, and not cleared for longer than they stay.
func (w *World) plannedAlerts(now time.Time, stay time.Duration) iter.Seq[Alert] {
	return func(yield func(Alert) bool) {
		if w.clock.still {
			return
		}
		span := window{from: now.Add(-stay), to: now}
		for _, part := range []iter.Seq[plan]{w.sitePlans(span), w.locationPlans(span), w.standingPlans(span)} {
			for p := range part {
				if a, raised := p.at(now); raised && !yield(a) {
					return
				}
			}
		}
	}
}

// A plan is an alert of the scenario with the time at which it is to be raised and cleared.
type plan struct {
	Alert
	stretch
	reason string
	child  bool
}

// at is the alert as it is at a moment.
func (p plan) at(now time.Time) (a Alert, raised bool) {
	a = p.Alert
	if now.Before(p.from) {
		return a, false
	}
	a.State, a.RaisedTime, a.UpdatedTime = Raised, p.from, p.from
	if p.child {
		a.State = RaisedChild
	}
	if !now.Before(p.to) {
		a.State, a.UpdatedTime, a.ClearedTime, a.ClearReason = Cleared, p.to, p.to, p.reason
	}
	return a, true
}

// impacted and related are the structured columns of an alert, with the members in the API's order. A member without a
// value is null.
type impacted struct {
	TenantID    *string `json:"tenant_id"`
	SubTenantID *string `json:"sub_tenant_id"`
	Location    *string `json:"location"`
	SiteName    *string `json:"site_name"`
	TunnelName  *string `json:"tunnel_name"`
	BGPPeerName *string `json:"bgp_peer_name"`
}

type related struct {
	Location      *string `json:"location"`
	Connection    *string `json:"connection_type"`
	SourceIP      *string `json:"source_ip_address"`
	DestinationIP *string `json:"destination_ip_address"`
	BGPPeerName   *string `json:"bgp_peer_name"`
	SerialNumber  *string `json:"serial_number"`
	User          *string `json:"user"`
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func alertRecords(w *World, _ window) iter.Seq[record] {
	return func(yield func(record) bool) {
		now := w.clock.now()
		for _, a := range w.alertsNow() {
			if !yield(w.alertRecord(a, now)) {
				return
			}
		}
	}
}

// alertRecord is the row of an alert. Its impacted objects leave the location out, as the API does; that is in the
// context.
func (w *World) alertRecord(a Alert, now time.Time) record {
	r := record{
		"alert_id": a.ID, "severity": a.Severity, "message": a.Message, "state": a.State, "category": a.Category,
		"code": a.Code, "clear_reason": a.ClearReason,
		"raised_time": a.RaisedTime.UnixMilli(), "updated_time": a.UpdatedTime.UnixMilli(),
		"age": int64(now.Sub(a.RaisedTime) / time.Second),
		"primary_impacted_objects": impacted{
			TenantID: orNull(w.tenant), SubTenantID: orNull(w.subTenant),
			SiteName: orNull(a.Site), TunnelName: orNull(a.Tunnel), BGPPeerName: orNull(a.BGPPeer),
		},
		"resource_context": related{Location: orNull(a.Location), BGPPeerName: orNull(a.BGPPeer), User: orNull(a.User)},
	}
	if n, known := severities[a.Severity]; known {
		r["severity_id"] = n
	}
	if a.Undated {
		delete(r, "raised_time")
		delete(r, "age")
	}
	if !a.open() {
		r["cleared_time"] = a.ClearedTime.UnixMilli()
	}
	return r
}
