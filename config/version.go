package config

import (
	"slices"
	"strings"
)

// The versions of the Insights API, as a configuration names them.
const (
	V1 = "v1"
	V2 = "v2"
	V3 = "v3"
)

// Version is what a version of the Insights API wants to be told of a tenant.
// This table says it for all who ask: what can be configured, and where the
// client finds the API. How queries differ is the client's own.
type Version struct {
	// Name is what a configuration calls the version, and Title what the
	// vendor's documents do.
	Name, Title string
	// Credential is the kind of secret that tokens are given for.
	Credential Credential
	// RegionHeader is the header that names the region, or "" where the host
	// does.
	RegionHeader string
	// host is the host of all regions, or "" where each has its own.
	host string
}

// Versions are the versions of the Insights API, the default first.
var Versions = []Version{
	{Name: V1, Title: "Insights 1.0", Credential: APIKey},
	{Name: V2, Title: "Insights 2.0", Credential: ServiceAccount},
	{Name: V3, Title: "Insights 3.0", Credential: ServiceAccount, RegionHeader: "X-PANW-Region", host: "api.sase.paloaltonetworks.com"},
}

// VersionNames are what a configuration calls the versions, the default first.
func VersionNames() []string {
	names := make([]string, len(Versions))
	for i, v := range Versions {
		names[i] = v.Name
	}
	return names
}

// Version is the version that the tenant has. It is the default where the
// tenant names none, or one that is not known.
func (t *Tenant) Version() Version {
	return Versions[max(0, slices.IndexFunc(Versions, func(v Version) bool { return v.Name == t.API }))]
}

// Endpoint is the URL of the tenant's API, without a slash at its end.
func (t *Tenant) Endpoint() string {
	v := t.Version()
	switch {
	case t.BaseURL != "":
		return strings.TrimRight(t.BaseURL, "/")
	case v.host != "":
		return "https://" + v.host
	}
	return "https://" + hostPrefix(t.Region) + hostDomain
}

// RegionWord is what the version's RegionHeader calls the tenant's region.
func (t *Tenant) RegionWord() string {
	for _, r := range regions {
		if r.name == t.Region {
			return r.word
		}
	}
	return t.Region
}
