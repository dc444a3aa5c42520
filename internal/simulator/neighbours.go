package simulator

import "net/http"

// A neighbour is an API beside Insights that takes the same OAuth2 token.
type neighbour struct {
	name   string
	method string
	// region says that the header X-PANW-Region selects what there is.
	region bool
	// serve answers a call about a world.
	serve func(w *World, r *http.Request, body []byte) (any, *refusal)
}

// neighbours are the APIs beside Insights, by their paths.
var neighbours = map[string]*neighbour{
	"/incidents/v1/search":      {name: "incidents", method: http.MethodPost, region: true, serve: searchIncidents},
	"/subscription/v1/licenses": {name: "licenses", method: http.MethodGet, serve: listLicenses},
}

// method is the only one that a call takes.
func (r route) method() string {
	switch {
	case r.neighbour != nil:
		return r.neighbour.method
	case r.monitor != nil:
		return r.monitor.method
	}
	return http.MethodPost
}

// serveNeighbour answers a call of an API beside Insights. What a wrong region answers there is not known: with
// nothing, as Insights does, is the harder case. A missing header does no harm, as one client has it.
func (s *Simulator) serveNeighbour(w http.ResponseWriter, r *http.Request, to route, body []byte, f *Fault) {
	t := s.admit(w, r, to)
	if t == nil {
		return
	}
	var world *World
	var answer any
	how, refused := t.Refuse[to.neighbour.name]
	no := how.of(to.neighbour.name)
	if !refused {
		world, no = to.version.scopeOf(r, t)
	}
	if word := r.Header.Get("X-PANW-Region"); no == nil && to.neighbour.region && word != "" && word != t.Region {
		world = newWorld(t.ID, "", 0, Size{}, s.clock)
	}
	if no == nil {
		answer, no = to.neighbour.serve(world, r, body)
	}
	if no != nil {
		no.write(w)
		return
	}
	newAnswer(answer).write(w, r, f)
}
