package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// A refusal is an error answer in the API's shape; all four members of its body are always there.
type refusal struct {
	status  int
	about   complaint
	Code    string   `json:"errorCode"`
	Message string   `json:"message"`
	Details string   `json:"details"`
	Values  []string `json:"values"`
}

// A complaint is what a refusal is about, as far as 3.0 has its own words for it.
type complaint int

const (
	aboutBody complaint = iota
	aboutColumn
	aboutColumns
	aboutResource
	aboutAccess
)

func (r *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	// An error here means that the caller has gone.
	_ = json.NewEncoder(w).Encode(r)
}

// writeShort writes what was met on 3.0: a code and a message where they are known, a bare status for all else. The text
// of a bare one is for whoever writes the client.
func (r *refusal) writeShort(w http.ResponseWriter) {
	type short struct {
		Code    string `json:"errorCode,omitempty"`
		Message string `json:"message"`
	}
	var said short
	switch {
	case r.about == aboutColumn:
		// It comes from the data warehouse behind the API.
		said = short{"GCP10002", "Unrecognized name: " + r.Values[0]}
	case r.about == aboutColumns:
		// Nobody wrote the code of this one down.
		said = short{Message: r.Details}
	case r.about == aboutResource && r.status == http.StatusBadRequest:
		said = short{r.Code, r.Details}
	case r.about == aboutAccess:
		said = short{r.Code, r.Message}
	default:
		http.Error(w, r.Details, r.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	// An error here means that the caller has gone.
	_ = json.NewEncoder(w).Encode(said)
}

func invalidProperty(name string) *refusal {
	return &refusal{
		http.StatusBadRequest, aboutColumn, "DATA10002", "Invalid Resource property name",
		fmt.Sprintf("Resource property '%s' is not valid", name),
		[]string{name},
	}
}

func invalidParameter(details string, values ...string) *refusal {
	if values == nil {
		values = []string{}
	}
	return &refusal{http.StatusBadRequest, aboutBody, "DATA10003", "Invalid Resource request parameter", details, values}
}

func invalidResource(name string) *refusal {
	no := invalidParameter(fmt.Sprintf("Invalid resource '%s'", name), name)
	no.about = aboutResource
	return no
}

func emptySelect() *refusal {
	no := invalidParameter("SELECT list must not be empty")
	no.about = aboutColumns
	return no
}

func permissionDenied(value string) *refusal {
	return &refusal{http.StatusForbidden, aboutAccess, "REST10003", "Permission Denied", "Permission Denied", []string{value}}
}

// notPermitted was met on queries; that the APIs beside Insights say the same is by their form of errors.
func notPermitted() *refusal {
	return &refusal{http.StatusForbidden, aboutAccess, "REST10005", "RBAC - Query Permission Denied", "", []string{}}
}

// A Refusal is how a tenant's API refuses a resource that the tenant does not have.
type Refusal int

const (
	// NotThere is what observers met for a resource that a tenant lacks: 400 DATA10003.
	NotThere Refusal = iota + 1
	// NotFound is what the documentation says of it: 404 REST10002.
	NotFound
	// NotLicensed is 400 DATA10004.
	NotLicensed
	// NotPermitted is 403 REST10005: the role lacks this one resource.
	NotPermitted
)

func (r Refusal) of(resource string) *refusal {
	switch r {
	case NotFound:
		return &refusal{http.StatusNotFound, aboutResource, "REST10002", "Resource not found", "Resource not found", []string{resource}}
	case NotLicensed:
		return &refusal{
			http.StatusBadRequest, aboutResource, "DATA10004", "Resource or property is not licensed",
			fmt.Sprintf("Resource '%s' is not licensed", resource),
			[]string{resource},
		}
	case NotPermitted:
		return notPermitted()
	}
	return invalidResource(resource)
}
