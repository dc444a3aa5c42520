package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// A refusal is an error answer in the API's shape; all four members of its body are always there.
type refusal struct {
	status  int
	Code    string   `json:"errorCode"`
	Message string   `json:"message"`
	Details string   `json:"details"`
	Values  []string `json:"values"`
}

func (r *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	// An error here means that the caller has gone.
	_ = json.NewEncoder(w).Encode(r)
}

func invalidProperty(name string) *refusal {
	return &refusal{
		http.StatusBadRequest, "DATA10002", "Invalid Resource property name",
		fmt.Sprintf("Resource property '%s' is not valid", name),
		[]string{name},
	}
}

func invalidParameter(details string, values ...string) *refusal {
	if values == nil {
		values = []string{}
	}
	return &refusal{http.StatusBadRequest, "DATA10003", "Invalid Resource request parameter", details, values}
}

func invalidResource(name string) *refusal {
	return invalidParameter(fmt.Sprintf("Invalid resource '%s'", name), name)
}

func emptySelect() *refusal {
	return &refusal{http.StatusBadRequest, "DATA10003", "Invalid Resource request parameter", "SELECT list must not be empty", []string{}}
}

func permissionDenied(value string) *refusal {
	return &refusal{http.StatusForbidden, "REST10003", "Permission Denied", "Permission Denied", []string{value}}
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
)

func (r Refusal) of(resource string) *refusal {
	switch r {
	case NotFound:
		return &refusal{http.StatusNotFound, "REST10002", "Resource not found", "Resource not found", []string{resource}}
	case NotLicensed:
		return &refusal{
			http.StatusBadRequest, "DATA10004", "Resource or property is not licensed",
			fmt.Sprintf("Resource '%s' is not licensed", resource),
			[]string{resource},
		}
	}
	return invalidResource(resource)
}
