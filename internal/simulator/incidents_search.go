package simulator

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Page sizes of the search: 25 and 50 are in the vendor's examples. What there is beyond is not known.
const (
	incidentPage    = 25
	maxIncidentPage = 50
)

// lastingFailure is what the search answers to members that it does not know, each time.
func lastingFailure(details string) *refusal {
	return &refusal{http.StatusInternalServerError, aboutBody, "REST10001", "Failed to process request", details, []string{}}
}

// incidentSearch is the body of a search.
type incidentSearch struct {
	Filter struct {
		Rules []struct {
			Property string   `json:"property"`
			Operator string   `json:"operator"`
			Values   []string `json:"values"`
		} `json:"rules"`
	} `json:"filter"`
	Pagination *struct {
		Size    int `json:"page_size"`
		Number  int `json:"page_number"`
		OrderBy []struct {
			Property string `json:"property"`
			Order    string `json:"order"`
		} `json:"order_by"`
	} `json:"pagination"`
}

// readSearch understands a search, or fails as the API does. Names are told apart by case, as everywhere.
func readSearch(body []byte) (incidentSearch, *refusal) {
	var q incidentSearch
	if no := checkJSON(body); no != nil {
		return q, lastingFailure("the body is no JSON")
	}
	for _, known := range []struct {
		of      string
		members []string
	}{{"", []string{"filter", "pagination"}}, {"filter", []string{"rules"}}, {"pagination", []string{"page_size", "page_number", "order_by"}}} {
		part := json.RawMessage(body)
		if known.of != "" {
			var all map[string]json.RawMessage
			_ = json.Unmarshal(body, &all) // which was understood above
			if part = all[known.of]; part == nil {
				continue
			}
		}
		if _, no := readMembers(part, "the search", known.members...); no != nil {
			return q, lastingFailure(no.Details)
		}
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return q, lastingFailure("values must be texts and pages numbers")
	}
	for _, rule := range q.Filter.Rules {
		if rule.Operator != "in" || len(rule.Values) == 0 || !slices.Contains(incidentProperties, rule.Property) {
			return q, lastingFailure("a rule that is not simulated")
		}
	}
	return q, nil
}

// incidentProperties are those that the examples filter by.
var incidentProperties = []string{"release_state", "product", "status"}

// searchIncidents answers a page of the incidents, those that changed last first.
func searchIncidents(w *World, _ *http.Request, body []byte) (any, *refusal) {
	q, no := readSearch(body)
	if no != nil {
		return nil, no
	}
	size, number := incidentPage, 1
	if p := q.Pagination; p != nil {
		size, number = min(max(p.Size, 1), maxIncidentPage), max(p.Number, 1)
	}
	var found []incidentRow
	for _, i := range w.incidentsNow() {
		if row := i.row(); q.matches(row) {
			found = append(found, row)
		}
	}
	pages := (len(found) + size - 1) / size
	from := min((number-1)*size, len(found))
	rows := append([]incidentRow{}, found[from:min(from+size, len(found))]...)
	var e incidentAnswer
	e.Header.CreatedAt, e.Header.DataCount = w.clock.now().UTC().Format(time.RFC3339), len(rows)
	e.Header.RequestID, e.Header.Name = uuidOf(rand.Uint64(), rand.Uint64()), "netsec/incidents/incidents_list"
	e.Header.Status.SubCode = http.StatusOK
	e.Header.Pagination = incidentPages{Current: number, Next: min(number+1, pages), Pages: pages, Total: len(found), Size: size}
	e.Data = rows
	return e, nil
}

func (q *incidentSearch) matches(row incidentRow) bool {
	of := map[string]string{"release_state": row.ReleaseState, "product": row.Product, "status": row.Status}
	for _, rule := range q.Filter.Rules {
		if !slices.Contains(rule.Values, of[rule.Property]) {
			return false
		}
	}
	return true
}

type incidentAnswer struct {
	Header struct {
		CreatedAt  string        `json:"createdAt"`
		DataCount  int           `json:"dataCount"`
		RequestID  string        `json:"requestId"`
		Name       string        `json:"name"`
		Status     status        `json:"status"`
		Pagination incidentPages `json:"pagination"`
	} `json:"header"`
	Data []incidentRow `json:"data"`
}

type incidentPages struct {
	Current int `json:"current_page"`
	Next    int `json:"next_page"`
	Pages   int `json:"page_count"`
	Total   int `json:"total_count"`
	Size    int `json:"page_size"`
}

// incidentRow is a row of the search. The vendor's example has a cleared_time on an open incident, and so has this.
type incidentRow struct {
	ID           string              `json:"incident_id"`
	Code         string              `json:"code"`
	Title        string              `json:"title"`
	Status       string              `json:"status"`
	Severity     string              `json:"severity"`
	Priority     string              `json:"priority"`
	PriorityID   int                 `json:"priority_id"`
	Product      string              `json:"product"`
	Category     string              `json:"category"`
	SubCategory  string              `json:"sub_category"`
	Raised       int64               `json:"raised_time"`
	Updated      int64               `json:"updated_time"`
	Cleared      int64               `json:"cleared_time"`
	ReleaseState string              `json:"release_state"`
	Acknowledged bool                `json:"acknowledged"`
	By           string              `json:"acknowledged_by"`
	Primary      map[string][]string `json:"primary_impacted_objects"`
	Related      map[string][]string `json:"related_impacted_objects"`
}

func (i Incident) row() incidentRow {
	row := incidentRow{
		ID: i.ID, Code: i.Code, Title: i.Title, Status: i.Status, Severity: i.Severity, Priority: "Not Set",
		Product: "Prisma Access", Category: i.Category, SubCategory: "Site/Tunnel", ReleaseState: "Released",
		Raised: i.RaisedTime.UnixMilli(), Updated: i.UpdatedTime.UnixMilli(), Cleared: i.UpdatedTime.UnixMilli(),
		Acknowledged: i.Acknowledged, Primary: map[string][]string{}, Related: map[string][]string{},
	}
	if i.Acknowledged {
		row.By = "operator@example.com"
	}
	for name, value := range map[string]string{"site_names": i.Site, "tunnel_names": i.Tunnel, "locations": i.Location, "bgp_peer_names": i.BGPPeer} {
		row.Primary[name] = []string{}
		if value != "" {
			row.Primary[name] = []string{value}
		}
	}
	return row
}
