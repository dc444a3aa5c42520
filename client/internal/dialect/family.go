package dialect

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
)

// family is an API beside Insights that takes the same token: another host,
// other methods, filters and paging.
type family struct {
	// host and path are where it is, unless the configuration says otherwise.
	host, path string
	// header is what it wants beside the token.
	header func(t config.Tenant, subTenant string) http.Header
	// encode puts a page of a query into the words of the family: a method, and
	// a body or nil.
	encode func(q insights.Query, page int) (method string, body []byte, err error)
	// ofTenants says that it knows tenants and no sub-tenants.
	ofTenants bool
	maxPages  int
}

// The hosts of the vendor's platform. Its newer name is the first; the other
// one goes on working.
const (
	strataHost = "https://api.strata.paloaltonetworks.com"
	saseHost   = "https://api.sase.paloaltonetworks.com"
)

// families are the APIs beside Insights, by the resource that is theirs. They
// take the token of a service account, and nothing says that they take that of
// an API key: only 2.0 and 3.0 have them.
var families = map[string]*family{
	// Documented, and observed: the incidents of the Unified Incident Framework.
	// 25 and 50 rows a page are in the examples; what else is possible is not
	// known.
	insights.Incidents.Name: {host: strataHost, path: "incidents/v1/search", header: regionAndTenant, encode: searchIncidents, maxPages: 40},
	// Documented, and observed. The licences are those of the token's tenant; a
	// header that is not needed is an error, as the vendor's text has it.
	insights.Licenses.Name: {host: saseHost, path: "subscription/v1/licenses", header: noHeader, encode: get, ofTenants: true},

	// Documented, in two ways that differ, and not observed. Without byTenant it is
	// about the token's tenant alone.
	insights.Upgrades.Name: {host: saseHost, path: aggregate + "upgrades/list", header: regionAndTenant, encode: post, ofTenants: true},

	// Documented, and some of it observed: Aggregate Monitoring, whose answers are
	// about all tenants below that of the token, and about one region each. That the
	// hierarchy needs no region is by its documents, which have no parameter for it.
	insights.Hierarchy.Name:          {host: saseHost, path: aggregate + "custom/tenant/hierarchy", header: noHeader, encode: get, ofTenants: true},
	insights.AggregateAlerts.Name:    {host: saseHost, path: aggregate + "alerts/list" + byTenant, header: regionAndTenant, encode: post, ofTenants: true},
	insights.AggregateIncidents.Name: {host: saseHost, path: aggregate + "incidents/tenants" + byTenant, header: regionAndTenant, encode: post, ofTenants: true},
	insights.AggregateSites.Name:     {host: saseHost, path: aggregate + "serviceConnectivity" + byTenant, header: regionAndTenant, encode: post, ofTenants: true},
	insights.AggregateGateways.Name:  {host: saseHost, path: aggregate + "serviceConnectivity/gatewayStatus" + byTenant, header: regionAndTenant, encode: post, ofTenants: true},
	insights.AggregateUpgrades.Name:  {host: saseHost, path: aggregate + "upgrades/list" + byTenant, header: regionAndTenant, encode: post, ofTenants: true},
	insights.AggregateLicenses.Name:  {host: saseHost, path: aggregate + "custom/license/quota" + byTenant, header: regionAndTenant, encode: get, ofTenants: true},
}

const (
	// aggregate is what the paths of Aggregate Monitoring begin with, and byTenant
	// asks for the tenants below that of the token as well.
	aggregate = "mt/monitor/v1/agg/"
	byTenant  = "?agg_by=tenant"
)

// request is a page of a query in the words of the family.
func (f *family) request(t config.Tenant, subTenant string, q insights.Query, page int) (Request, error) {
	if f.ofTenants && subTenant != "" {
		return Request{}, &insights.Error{
			Kind: insights.ErrMissing, Resource: q.Resource.Name, Err: errors.New("the API provides it only for whole tenants, not for sub-tenants"),
		}
	}
	method, body, err := f.encode(q, page)
	if err != nil {
		return Request{}, &insights.Error{Kind: insights.ErrRefused, Resource: q.Resource.Name, Err: err}
	}
	return Request{
		Method: method, URL: f.address(t, t.Paths[q.Resource.Name]), Body: body, Header: f.header(t, subTenant),
		MaxPages: f.maxPages, Family: true,
	}, nil
}

// address is the URL of the family for a tenant. A path of the configuration
// takes the place of the family's own, and may be a whole URL. A base URL that
// is not the vendor's own stands for all of the vendor's hosts, as that of a
// relay does.
func (f *family) address(t config.Tenant, path string) string {
	switch {
	case strings.HasPrefix(path, "https://"), strings.HasPrefix(path, "http://"):
		return path
	case path == "":
		path = f.path
	}
	host := f.host
	if t.BaseURL != "" && !vendors(t.BaseURL) {
		host = t.Endpoint()
	}
	return host + "/" + path
}

// vendors reports whether a URL is at one of the vendor's hosts.
func vendors(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (strings.HasSuffix(u.Hostname(), ".paloaltonetworks.com") || strings.HasSuffix(u.Hostname(), ".prismaaccess.com"))
}

// regionHeader is what names the region wherever a header does.
const regionHeader = "X-PANW-Region"

// regionAndTenant names the region, and the sub-tenant where there is one. A
// tenant that has a base URL and no region is in that of the token's choice.
func regionAndTenant(t config.Tenant, subTenant string) http.Header {
	h := http.Header{}
	if word := t.RegionWord(); word != "" {
		h.Set(regionHeader, word)
	}
	if subTenant != "" {
		h.Set(config.HeaderTenant, t.ID+":"+subTenant)
	}
	return h
}

func noHeader(config.Tenant, string) http.Header { return http.Header{} }

// get asks for all that there is.
func get(insights.Query, int) (method string, body []byte, err error) {
	return http.MethodGet, nil, nil
}

// post asks in the words of Insights, whose form of a query it shares.
func post(q insights.Query, _ int) (method string, body []byte, err error) {
	body, err = json.Marshal(q)
	return http.MethodPost, body, err
}

// incidentPage is how many incidents are on a page.
const incidentPage = 50

// searchIncidents is a search in the words of the API of incidents, which
// answers 500 to members that it does not know.
func searchIncidents(q insights.Query, page int) (method string, body []byte, err error) {
	type rules struct {
		Rules []insights.Rule `json:"rules"`
	}
	type order struct {
		Property string `json:"property"`
		Order    string `json:"order"`
	}
	type pagination struct {
		Size    int     `json:"page_size"`
		Number  int     `json:"page_number"`
		OrderBy []order `json:"order_by"`
	}
	size := incidentPage
	if q.Count > 0 {
		size = min(size, q.Count)
	}
	body, err = json.Marshal(struct {
		Filter     rules      `json:"filter"`
		Pagination pagination `json:"pagination"`
	}{rules{q.Filter.Rules}, pagination{size, page, []order{{"updated_time", "desc"}}}})
	return http.MethodPost, body, err
}
