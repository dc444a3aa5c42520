package simulator

import (
	"net/url"
	"strings"
)

type routeKind int

const (
	nowhere routeKind = iota
	tokenCall
	generalQuery
	customQuery
)

// A route is what a path addresses, before anything is known about its tenant or its resource.
type route struct {
	kind     routeKind
	tenant   string
	feature  string
	resource string
}

// The heads of the only paths that version 1.0 has here. Other versions live on other paths and get a bare 404.
const (
	tokenHead    = "/api/sase/v1.0/jwt/tenant/"
	resourceHead = "/api/sase/v1.0/resource/tenant/"
)

// routeOf reads an escaped path, so that an escaped slash in a tenant ID does not make another segment.
func routeOf(path string) route {
	if rest, ok := strings.CutPrefix(path, tokenHead); ok {
		if parts := segments(rest, 1); parts != nil {
			return route{kind: tokenCall, tenant: parts[0]}
		}
		return route{}
	}
	rest, ok := strings.CutPrefix(path, resourceHead)
	if !ok {
		return route{}
	}
	if p := segments(rest, 3); p != nil && p[1] == "query" {
		return route{kind: generalQuery, tenant: p[0], resource: p[2]}
	}
	if p := segments(rest, 5); p != nil && p[1] == "custom" && p[2] == "query" {
		return route{kind: customQuery, tenant: p[0], feature: p[3], resource: p[4]}
	}
	return route{}
}

// segments splits a path into exactly n unescaped, non-empty segments, or nil.
func segments(path string, n int) []string {
	parts := strings.Split(path, "/")
	if len(parts) != n {
		return nil
	}
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil || plain == "" {
			return nil
		}
		parts[i] = plain
	}
	return parts
}

// endpoint is the name under which calls are counted and faults are set: "jwt", or a resource that the API has. Names
// that callers make up share one, so that the counts stay bounded.
func (r route) endpoint() string {
	switch {
	case r.kind == tokenCall:
		return "jwt"
	case r.kind != nowhere && resources[r.resource] != nil:
		return r.resource
	}
	return "unknown"
}
