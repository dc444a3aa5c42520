package simulator

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// controls are the pages under /-/.
type controls struct{ simulator *Simulator }

// newControls refuses acts that another site's page sends through a visitor's browser: nobody logs in here.
func newControls(s *Simulator) http.Handler {
	c := controls{s}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/{$}", c.page)
	mux.HandleFunc("GET /-/stats", c.stats)
	mux.HandleFunc("POST /-/tenants/{tenant}/generate-key", c.generateKey)
	mux.HandleFunc("POST /-/accounts/{tsg}/generate-secret", c.generateSecret)
	mux.HandleFunc("POST /-/tenants/{tenant}/alerts", c.act(raiseAlert))
	mux.HandleFunc("POST /-/tenants/{tenant}/alerts/clear", c.act(clearAlert))
	mux.HandleFunc("POST /-/tenants/{tenant}/incidents", c.act(raiseIncident))
	mux.HandleFunc("POST /-/tenants/{tenant}/incidents/clear", c.act(clearIncident))
	mux.HandleFunc("POST /-/tenants/{tenant}/sites", c.act(setSite))
	mux.HandleFunc("POST /-/tenants/{tenant}/tunnels", c.act(setTunnel))
	mux.HandleFunc("POST /-/tenants/{tenant}/locations", c.act(setLocation))
	mux.HandleFunc("POST /-/faults", c.setFault)
	mux.HandleFunc("POST /-/faults/clear", c.clearFaults)
	return http.NewCrossOriginProtection().Handler(mux)
}

// wantsJSON tells a script from a browser.
func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

// done answers an act: a script gets what came of it, a browser goes back to the page.
func done(w http.ResponseWriter, r *http.Request, result map[string]string) {
	if wantsJSON(r) {
		writeJSON(w, result)
		return
	}
	back := url.Values{}
	for _, name := range []string{"tenant", "sub_tenant"} {
		if v := cmp.Or(r.PathValue(name), r.PostFormValue(name)); v != "" {
			back.Set(name, v)
		}
	}
	http.Redirect(w, r, "/-/?"+back.Encode(), http.StatusSeeOther)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	// An error here means that the caller has gone.
	_, _ = w.Write(encode(v))
}

// stats is how often each kind of call was answered.
func (c controls) stats(w http.ResponseWriter, _ *http.Request) {
	type line struct {
		Tenant   string `json:"tenant"`
		Endpoint string `json:"endpoint"`
		Status   int    `json:"status"`
		Count    int    `json:"count"`
	}
	lines := []line{}
	for call, n := range c.simulator.Calls() {
		lines = append(lines, line{call.Tenant, call.Endpoint, call.Status, n})
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Endpoint, b.Endpoint), cmp.Compare(a.Status, b.Status))
	})
	writeJSON(w, map[string]any{"calls": lines})
}

// generateKey shows the new key in its answer and never again.
func (c controls) generateKey(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	t := c.simulator.tenant(id)
	if t == nil {
		http.Error(w, "no such tenant", http.StatusNotFound)
		return
	}
	key, err := t.key.renew()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if wantsJSON(r) {
		writeJSON(w, map[string]string{"tenant": id, "key": key})
		return
	}
	render(w, keyPage, newSecret{"key", id, key, t.KeyFile, id})
}

// generateSecret does the same for the client secret of a TSG.
func (c controls) generateSecret(w http.ResponseWriter, r *http.Request) {
	a := c.simulator.account(r.PathValue("tsg"))
	if a == nil {
		http.Error(w, "no such TSG", http.StatusNotFound)
		return
	}
	secret, err := a.secret.renew()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if wantsJSON(r) {
		writeJSON(w, map[string]string{"tsg": a.TSG, "client_id": a.ClientID, "secret": secret})
		return
	}
	back := ""
	if a.tenant != nil {
		back = a.tenant.ID
	}
	render(w, keyPage, newSecret{"client secret", a.ClientID, secret, a.SecretFile, back})
}

// act makes a handler of something that is done to a world.
func (c controls) act(do func(w *World, form url.Values) (map[string]string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		world, err := c.simulator.World(r.PathValue("tenant"), r.PostFormValue("sub_tenant"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		result, err := do(world, r.PostForm)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		done(w, r, result)
	}
}

func raiseAlert(w *World, form url.Values) (map[string]string, error) {
	id := w.RaiseAlert(Alert{
		ID: form.Get("id"), Severity: form.Get("severity"), Category: form.Get("category"), Code: form.Get("code"),
		Message: form.Get("message"), State: form.Get("state"), Site: form.Get("site"), Tunnel: form.Get("tunnel"),
		Location: form.Get("location"),
	})
	return map[string]string{"alert_id": id}, nil
}

func clearAlert(w *World, form url.Values) (map[string]string, error) {
	return map[string]string{"alert_id": form.Get("id")}, w.ClearAlert(form.Get("id"), form.Get("reason"))
}

func raiseIncident(w *World, form url.Values) (map[string]string, error) {
	id := w.RaiseIncident(Incident{
		ID: form.Get("id"), Severity: form.Get("severity"), Category: form.Get("category"), Code: form.Get("code"),
		Title: form.Get("message"), Status: form.Get("state"), Site: form.Get("site"), Tunnel: form.Get("tunnel"),
		Location: form.Get("location"),
	})
	return map[string]string{"incident_id": id}, nil
}

func clearIncident(w *World, form url.Values) (map[string]string, error) {
	return map[string]string{"incident_id": form.Get("id")}, w.ClearIncident(form.Get("id"))
}

func setSite(w *World, form url.Values) (map[string]string, error) {
	return map[string]string{"site": form.Get("name")}, w.SetSiteState(form.Get("name"), State(form.Get("state")))
}

func setTunnel(w *World, form url.Values) (map[string]string, error) {
	return map[string]string{"tunnel": form.Get("name")}, w.SetTunnelState(form.Get("name"), State(form.Get("state")))
}

func setLocation(w *World, form url.Values) (map[string]string, error) {
	name := form.Get("name")
	return map[string]string{"location": name}, w.SetLocationState(name, Service(form.Get("service")), State(form.Get("state")))
}

// namedFaults are those that the page offers.
var namedFaults = map[string]Fault{
	"500":                  APIError(http.StatusInternalServerError, "REST10001"),
	"403 denied":           APIError(http.StatusForbidden, "REST10003"),
	"403 blocked":          Status(http.StatusForbidden),
	"401":                  Status(http.StatusUnauthorized),
	"404":                  APIError(http.StatusNotFound, "REST10002"),
	"429":                  TooManyCalls(""),
	"429, retry after 30s": TooManyCalls("30"),
	"502":                  BadGateway(),
	"503":                  Status(http.StatusServiceUnavailable),
	"connection closed":    {Kind: CloseConnection},
	"hang":                 {Kind: Hang},
	"slow body":            {Kind: SlowBody},
	"truncated JSON":       {Kind: TruncatedJSON},
	"null data":            {Kind: NullData},
	"nested data":          {Kind: NestedData},
	"wrong types":          {Kind: WrongTypes},
	"duplicate rows":       {Kind: DuplicateRows},
	"10000 rows":           {Kind: RowFlood, Rows: 10000},
}

func (c controls) setFault(w http.ResponseWriter, r *http.Request) {
	f, known := namedFaults[r.PostFormValue("fault")]
	endpoint := r.PostFormValue("endpoint")
	if err := checkPattern(endpoint); err != nil || !known {
		http.Error(w, "no such fault or endpoint", http.StatusBadRequest)
		return
	}
	if hits := r.PostFormValue("hits"); hits != "" {
		n, err := strconv.Atoi(hits)
		if err != nil || n < 0 {
			http.Error(w, "hits must be a count", http.StatusBadRequest)
			return
		}
		f.Hits = n
	}
	c.simulator.SetFault(endpoint, f)
	done(w, r, map[string]string{"endpoint": endpoint, "fault": r.PostFormValue("fault")})
}

// endpoints are what a fault can be set for.
func endpoints() []string {
	return append([]string{"*", AllQueries, jwtEndpoint, oauthEndpoint, childrenEndpoint}, resourceNames()...)
}

func checkPattern(endpoint string) error {
	if slices.Contains(endpoints(), endpoint) {
		return nil
	}
	return errors.New("no such endpoint")
}

func (c controls) clearFaults(w http.ResponseWriter, r *http.Request) {
	c.simulator.ClearFaults()
	done(w, r, map[string]string{})
}
