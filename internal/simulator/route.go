package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

type routeKind int

const (
	nowhere routeKind = iota
	tokenCall
	oauthCall
	childrenCall
	queryCall
	neighbourCall
	monitorCall
)

// A route is what a path addresses, before anything is known about its tenant or its resource.
type route struct {
	kind routeKind
	// version is nil for the calls that belong to none.
	version *version
	// tenant is the ID or the TSG that the call names. Where that is not in the path, addressee finds it.
	tenant string
	// feature is what stands before the resource's name in the paths of custom resources.
	feature  string
	resource string
	// neighbour is the API beside Insights that is called, or nil.
	neighbour *neighbour
	// monitor is the operation of Aggregate Monitoring that is called, or nil.
	monitor *monitor
}

// routeOf reads an escaped path, so that an escaped slash in a tenant ID does not make another segment.
func routeOf(path string) route {
	if path == oauthTokenPath {
		return route{kind: oauthCall}
	}
	if rest, ok := strings.CutPrefix(path, keyTokenHead); ok {
		if p := segments(rest); len(p) == 1 {
			return route{kind: tokenCall, version: version1, tenant: p[0]}
		}
		return route{}
	}
	if rest, ok := strings.CutPrefix(path, tenancyHead); ok {
		if p := segments(rest); len(p) == 3 && p[1] == "operations" && p[2] == "list_children" {
			return route{kind: childrenCall, tenant: p[0]}
		}
		return route{}
	}
	if n := neighbours[path]; n != nil {
		return route{kind: neighbourCall, version: version3, neighbour: n}
	}
	if m := monitorOf(path); m != nil {
		return route{kind: monitorCall, version: version3, monitor: m}
	}
	for _, v := range versions {
		if rest, ok := strings.CutPrefix(path, v.head); ok {
			return v.routeOf(segments(rest))
		}
	}
	return route{}
}

// routeOf reads the segments after the version's head: query/RESOURCE and custom/query/FEATURE/RESOURCE, or on 3.0
// query/ and one to three segments, the last of which is the name.
func (v *version) routeOf(p []string) route {
	to := route{kind: queryCall, version: v}
	if v.tenantInPath && len(p) > 0 {
		to.tenant, p = p[0], p[1:]
	}
	switch {
	case v == version3 && len(p) >= 2 && len(p) <= 4 && p[0] == "query":
		to.feature = strings.Join(p[1:len(p)-1], "/")
	case v != version3 && len(p) == 2 && p[0] == "query":
	case v != version3 && len(p) == 4 && p[0] == "custom" && p[1] == "query":
		to.feature = p[2]
	default:
		return route{}
	}
	to.resource = p[len(p)-1]
	return to
}

// segments splits a path into unescaped, non-empty segments, or gives none.
func segments(path string) []string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil || plain == "" {
			return nil
		}
		parts[i] = plain
	}
	return parts
}

// The names of the endpoints that are no resources.
const (
	jwtEndpoint      = "jwt"
	oauthEndpoint    = "oauth2"
	childrenEndpoint = "list_children"
	unknownEndpoint  = "unknown"
)

// endpoint is the name under which calls are counted and faults are set: one of the above, or a resource that the
// version has. Names that callers make up share one, so that the counts stay bounded.
func (r route) endpoint() string {
	switch {
	case r.kind == tokenCall:
		return jwtEndpoint
	case r.kind == oauthCall:
		return oauthEndpoint
	case r.kind == childrenCall:
		return childrenEndpoint
	case r.kind == neighbourCall:
		return r.neighbour.name
	case r.kind == monitorCall:
		return r.monitor.name
	case r.kind == queryCall && r.version.resources[r.resource] != nil:
		return r.resource
	}
	return unknownEndpoint
}

// resourceNames are those of all versions, and those of the APIs beside them.
func resourceNames() []string {
	var names []string
	for _, n := range neighbours {
		names = append(names, n.name)
	}
	for _, m := range monitors {
		names = append(names, m.name)
	}
	for _, v := range versions {
		for name := range v.resources {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// needsGroup tells whether a call is of the APIs that know tenants by their TSG. They are not there where no tenant
// has one.
func (r route) needsGroup() bool {
	return r.kind == oauthCall || r.kind == childrenCall || r.version != nil && r.version.oauth
}

// addressee is the ID or the TSG that a call names, before it is known whether it may.
func (s *Simulator) addressee(r *http.Request, to route, body []byte) string {
	switch {
	case to.kind == oauthCall:
		form, _ := url.ParseQuery(string(body))
		return strings.TrimPrefix(form.Get("scope"), scopePrefix)
	case to.kind != queryCall && to.kind != neighbourCall && to.kind != monitorCall || to.version.tenantInPath:
		return to.tenant
	}
	if super, _, _ := strings.Cut(r.Header.Get("Prisma-Tenant"), ":"); super != "" {
		return super
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	c, _ := s.tokens.read(token, s.clock.now())
	return c.TSG
}
