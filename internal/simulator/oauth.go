package simulator

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// scopePrefix is what stands before the TSG in a scope.
const scopePrefix = "tsg_id:"

// A grantError is a refusal of the OAuth2 call, in the form of RFC 6749.
type grantError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func refuseGrant(w http.ResponseWriter, code, description string) {
	status := http.StatusBadRequest
	if code == "invalid_client" {
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Basic")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error here means that the caller has gone.
	_, _ = w.Write(encode(grantError{code, description}))
}

// A grant is the answer of the OAuth2 call.
type grant struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   *int64 `json:"expires_in,omitempty"`
	Scope       string `json:"scope"`
}

// serveOAuth gives a token for a client secret. The token is for one TSG: the service account's own or one below it.
func (s *Simulator) serveOAuth(w http.ResponseWriter, r *http.Request, body []byte, f *Fault) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		refuseGrant(w, "invalid_request", "Content-Type must be application/x-www-form-urlencoded")
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["grant_type"]) != 1 || len(form["scope"]) > 1 {
		refuseGrant(w, "invalid_request", "the form must have one grant_type and one scope")
		return
	}
	id, secret, _ := r.BasicAuth()
	a := s.client(id)
	if a == nil {
		refuseGrant(w, "invalid_client", "Client authentication failed")
		return
	}
	generation, ok := a.secret.accepts(secret)
	if !ok {
		refuseGrant(w, "invalid_client", "Client authentication failed")
		return
	}
	if form.Get("grant_type") != "client_credentials" {
		refuseGrant(w, "unsupported_grant_type", "grant_type must be client_credentials")
		return
	}
	tsg, ok := strings.CutPrefix(form.Get("scope"), scopePrefix)
	if !ok || !s.reaches(a, tsg) {
		refuseGrant(w, "invalid_scope", "scope must be tsg_id: and a TSG of the service account")
		return
	}
	token, life := s.tokens.issue(claims{TSG: tsg, Account: a.TSG, Generation: generation}, s.clock.now(), f.kind())
	w.Header().Set("Cache-Control", "no-store")
	newAnswer(grant{token, "bearer", life, scopePrefix + tsg}).write(w, r, f)
}
