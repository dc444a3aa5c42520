package simulator

import (
	"net/http"
	"slices"
	"strconv"
)

// A tenancyError is a refusal of the tenancy API. Its 401 has none: that is plain text.
type tenancyError struct {
	Error   string `json:"error"`
	Message string `json:"message"`
	Status  int    `json:"statusCode"`
}

func refuseTenancy(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error here means that the caller has gone.
	_, _ = w.Write(encode(tenancyError{http.StatusText(status), message, status}))
}

// serveChildren lists the TSGs below the one that the token is for. A body is not asked for, and none is read.
func (s *Simulator) serveChildren(w http.ResponseWriter, r *http.Request, to route, f *Fault) {
	c, ok := s.bearer(w, r, true)
	if !ok {
		return
	}
	switch {
	case s.account(to.tenant) == nil:
		refuseTenancy(w, http.StatusNotFound, "tenant service group not found")
		return
	case c.TSG != to.tenant:
		refuseTenancy(w, http.StatusForbidden, "the token is for another tenant service group")
		return
	}
	// A value that is no boolean counts as the default; what the API makes of one is not known.
	deep, _ := strconv.ParseBool(r.URL.Query().Get("hierarchy"))
	self, _ := strconv.ParseBool(r.URL.Query().Get("include_self"))
	family := slices.Values(s.family(c.TSG, deep, self))
	items := f.disturbRows(slices.AppendSeq([]record{}, f.disturbRecords(&resource{identity: "id"}, family)))
	answer := record{"count": s.countOf(items), "items": items}
	if f.kind() == NullData {
		answer["items"] = nil
	}
	newAnswer(answer).write(w, r, f)
}

// countOf writes the number of items as the API does: its specification says an integer, its examples show a text, and
// so every other answer has the one and every other the other.
func (s *Simulator) countOf(items []record) any {
	if s.lists.Add(1)%2 == 1 {
		return strconv.Itoa(len(items))
	}
	return int64(len(items))
}

// family are the children of a TSG; deep ones have theirs within them. With self, it comes first, or as the one root.
func (d *directory) family(tsg string, deep, self bool) []record {
	d.mu.RLock()
	defer d.mu.RUnlock()
	below := make(map[string][]string)
	for _, one := range d.groups {
		if parent := d.accounts[one].Parent; parent != "" {
			below[parent] = append(below[parent], one)
		}
	}
	if self && deep {
		return []record{d.item(tsg, "display_name", below)}
	}
	items := []record{}
	if self {
		items = append(items, d.item(tsg, "display_name", nil))
	}
	if !deep {
		below = map[string][]string{tsg: below[tsg]}
	}
	for _, child := range below[tsg] {
		items = append(items, d.item(child, "display_name", below))
	}
	return items
}

// item is a TSG and what is below it. Only its ID is promised: names and parents are there where they are given, and the
// other members where the ID is even. Within the children of another, the name is called otherwise.
func (d *directory) item(tsg, nameColumn string, below map[string][]string) record {
	a := d.accounts[tsg]
	r := record{"id": tsg}
	if a.DisplayName != "" {
		r[nameColumn] = a.DisplayName
	}
	if a.Parent != "" {
		r["parent_id"] = a.Parent
	}
	if tsg[len(tsg)-1]%2 == 0 {
		r["support_contact"], r["vertical"] = "noc@example.com", "education"
	}
	var children []record
	for _, child := range below[tsg] {
		children = append(children, d.item(child, "name", below))
	}
	if children != nil {
		r["children"] = children
	}
	return r
}
