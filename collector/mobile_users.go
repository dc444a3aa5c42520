package collector

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

var mobileUsersDefinition = Definition{
	Name: "mobile_users", Help: "Number of GlobalProtect users.", Default: true, MinInterval: 5 * time.Minute,
	Urgency: insights.Traffic, Queries: 3,
	Resources: []insights.Resource{insights.ConnectedUserCount, insights.ConnectedUserList, insights.LocationLogins},
	Metrics:   mobileUserMetrics, New: newMobileUsers,
}

var (
	connectionLabels = []string{"location", "country"}
	placeLabels      = []string{"location"}
)

// The metrics of GlobalProtect users. Users are counted and never named.
var (
	usersConnected = &exposition.Metric{
		Name: "prisma_access_mobile_users_connected", Type: exposition.Gauge,
		Help: "GlobalProtect users who are connected now or, with Insights 3.0, were connected within the last three hours (connected_user_count: user_count)." + noLongerDocumented,
	}
	usersConnections = &exposition.Metric{
		Name: "prisma_access_mobile_users_connections", Type: exposition.Gauge, Labels: connectionLabels,
		Help: "Connections (devices) of the GlobalProtect users who are connected now, by Prisma Access location and the users' country (current_connected_user_list: sum of num_connections).",
	}
	usersUnique = &exposition.Metric{
		Name: "prisma_access_mobile_users_unique", Type: exposition.Gauge, Labels: placeLabels,
		Help: "Distinct GlobalProtect users seen at the location since midnight UTC of the day before (location_gp_mobile_users_logins: unique_users).",
	}
)

var mobileUserMetrics = []*exposition.Metric{usersConnected, usersConnections, usersUnique}

// userCountRow is the row of connected_user_count.
type userCountRow struct{ users insights.Number }

// Column implements insights.Row.
func (r *userCountRow) Column(name string) any {
	if name == "user_count" {
		return &r.users
	}
	return nil
}

// userRow is a row of current_connected_user_list. The user and the user's
// city tell two rows apart and go nowhere else.
type userRow struct {
	user, city        string
	location, country string
	connections       insights.Number
}

// Column implements insights.Row.
func (r *userRow) Column(name string) any {
	switch name {
	case "gpuser_name":
		return &r.user
	case "user_location":
		return &r.city
	case "pa_location":
		return &r.location
	case "user_location_country":
		return &r.country
	case "num_connections":
		return &r.connections
	}
	return nil
}

// loginsRow is a row of location_gp_mobile_users_logins.
type loginsRow struct {
	location string
	users    insights.Number
}

// Column implements insights.Row.
func (r *loginsRow) Column(name string) any {
	switch name {
	case "edge_location_display_name":
		return &r.location
	case "unique_users":
		return &r.users
	}
	return nil
}

func (r *loginsRow) identified() bool       { return r.location != "" }
func (r *loginsRow) merge(other *loginsRow) { r.users = newer(r.users, other.users) }
func compareLogins(a, b *loginsRow) int     { return cmp.Compare(a.location, b.location) }
func mobileUserResource(r insights.Resource) insights.Query {
	return insights.Query{Resource: r, Urgency: insights.Traffic}
}

// mobileUsersCollector counts GlobalProtect users.
type mobileUsersCollector struct{}

func newMobileUsers(Options) Collector { return mobileUsersCollector{} }

// Update implements Collector.
func (mobileUsersCollector) Update(ctx context.Context, api insights.API, emit *Emitter) error {
	var counts []*userCountRow
	var users []*userRow
	var logins []*loginsRow
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		counts, _, err = query[userCountRow](ctx, api, mobileUserResource(insights.ConnectedUserCount))
		return part(err)
	})
	g.Go(func() (err error) {
		users, _, err = query[userRow](ctx, api, mobileUserResource(insights.ConnectedUserList))
		return part(err)
	})
	g.Go(func() (err error) {
		q := mobileUserResource(insights.LocationLogins)
		// Of this resource, only windows of days are documented.
		q.Filter = insights.All(
			insights.Rule{Property: "event_time", Operator: "last_n_days", Values: []any{1}},
			insights.NotIn("edge_location_display_name", noData))
		logins, _, err = query[loginsRow](ctx, api, q)
		return part(err)
	})
	if err := g.Wait(); err != nil {
		return err
	}
	for _, r := range counts[:min(len(counts), 1)] {
		emit.Number(usersConnected, emit.Labels(nil), r.users, 1)
	}
	emitConnections(users, emit)
	return emitLogins(logins, emit)
}

// emitConnections adds up the users' connections by place.
func emitConnections(users []*userRow, emit *Emitter) {
	type origin struct{ location, country string }
	sums := map[origin]float64{}
	counted := make(map[userRow]bool, len(users))
	for _, u := range users {
		if u.user != "" && counted[*u] {
			emit.Duplicate()
			continue
		}
		counted[*u] = true
		switch n := u.connections; {
		case n.Valid && n.Value < 0:
			emit.Unknown(usersConnections.Name)
		case n.Valid:
			sums[origin{place(u.location), u.country}] += u.connections.Value
		}
	}
	origins := make([]origin, 0, len(sums))
	for o := range sums {
		origins = append(origins, o)
	}
	slices.SortFunc(origins, func(a, b origin) int {
		return cmp.Or(cmp.Compare(a.location, b.location), cmp.Compare(a.country, b.country))
	})
	for _, o := range origins {
		emit.Value(usersConnections, emit.Labels(connectionLabels, o.location, o.country), sums[o])
	}
}

func emitLogins(logins []*loginsRow, emit *Emitter) error {
	logins = slices.DeleteFunc(logins, func(r *loginsRow) bool { return r.location == noData })
	locations, err := unique(logins, emit, "edge_location_display_name", (*loginsRow).identified, compareLogins, (*loginsRow).merge)
	for _, r := range locations {
		emit.Number(usersUnique, emit.Labels(placeLabels, r.location), r.users, 1)
	}
	return err
}
