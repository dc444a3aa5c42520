package capacity

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Options say whom a Simulator serves.
type Options struct {
	// Companies are the companies that exist; at least one.
	Companies []Company
	// Now is the clock of tokens and records. Nil means time.Now.
	Now func() time.Time
}

// A Simulator is an http.Handler that answers as the platform's API does, and under /-/capacity/ a page to act on it. It
// needs no goroutine and no closing, and it may be used by many goroutines at once.
type Simulator struct {
	now       func() time.Time
	companies []*company
	faults    faults
	calls     callCounter
	controls  http.Handler
}

// New makes a simulator. Each company gets its first token, which is written into the company's TokenFile.
func New(o Options) (*Simulator, error) {
	if len(o.Companies) == 0 {
		return nil, errors.New("no companies")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Simulator{now: o.Now}
	for _, c := range o.Companies {
		if c.Name == "" {
			return nil, errors.New("a company without a name")
		}
		if s.company(c.Name) != nil {
			return nil, fmt.Errorf("company %q is there twice", c.Name)
		}
		made := newCompany(c, o.Now)
		if c.TokenFile != "" {
			if err := made.writeToken(); err != nil {
				return nil, fmt.Errorf("company %q: %w", c.Name, err)
			}
		}
		s.companies = append(s.companies, made)
	}
	s.controls = newControls(s)
	return s, nil
}

// company is the company of that name, or nil.
func (s *Simulator) company(name string) *company {
	i := slices.IndexFunc(s.companies, func(c *company) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return s.companies[i]
}

// Token is the company's active token, or empty for an unknown company. The platform shows it only once.
func (s *Simulator) Token(name string) string {
	if c := s.company(name); c != nil {
		return c.activeToken()
	}
	return ""
}

// GenerateToken makes a new token for the company and voids the old one at once. As on the platform, nobody's file
// learns of it: that is WriteToken.
func (s *Simulator) GenerateToken(name string) (string, error) {
	c := s.company(name)
	if c == nil {
		return "", fmt.Errorf("no company %q", name)
	}
	return c.generateToken(), nil
}

// WriteToken puts the active token into the company's TokenFile.
func (s *Simulator) WriteToken(name string) error {
	c := s.company(name)
	if c == nil {
		return fmt.Errorf("no company %q", name)
	}
	return c.writeToken()
}

// ServeHTTP answers one call.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlsPath) {
		s.controls.ServeHTTP(w, r)
		return
	}
	recorder := &statusRecorder{ResponseWriter: w}
	call := Call{Resource: unknownResource}
	defer func() {
		call.Status = recorder.status
		s.calls.add(call)
	}()

	version, res := routeOf(r.URL.Path)
	if res == nil {
		http.NotFound(recorder, r)
		return
	}
	call.Resource = res.name
	f := s.faults.pick(res.name)
	if f.answer(recorder, r) {
		return
	}
	if r.Method != http.MethodGet {
		recorder.Header().Set("Allow", http.MethodGet)
		http.Error(recorder, "405 method not allowed", http.StatusMethodNotAllowed)
		return
	}
	c := s.admit(r)
	if c == nil {
		s.calls.refuseToken()
		http.Error(recorder, "Unauthorized", http.StatusUnauthorized)
		return
	}
	call.Company = c.Name
	if version != c.version() {
		http.NotFound(recorder, r)
		return
	}
	records, err := since(res.records(c.Name, s.now()), r.URL.Query().Get("bookedSince"))
	if err != nil {
		http.Error(recorder, err.Error(), http.StatusBadRequest)
		return
	}
	f.send(recorder, r, encode(records))
}

// since are the bookings from a time on, or all records where none is given. Which form the platform wants for the time is
// not known; this is the one that most APIs have.
func since(records []any, from string) ([]any, error) {
	if from == "" {
		return records, nil
	}
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		return nil, errors.New("bookedSince is no time")
	}
	return slices.DeleteFunc(records, func(record any) bool {
		b, ok := record.(booking)
		return ok && b.Start.Before(at)
	}), nil
}

// routeOf takes a path apart. It has no resource where the API has no such path in any version.
func routeOf(path string) (version string, res *resource) {
	for _, version := range []string{"v1", "v2"} {
		if name, found := strings.CutPrefix(path, "/api/"+version+"/"); found {
			return version, resourceOf(name)
		}
	}
	return "", nil
}

// admit is the company whose active token the call carries, or nil.
func (s *Simulator) admit(r *http.Request) *company {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		return nil
	}
	i := slices.IndexFunc(s.companies, func(c *company) bool { return c.accepts(token) })
	if i < 0 {
		return nil
	}
	return s.companies[i]
}

// encode gives the form that the API has for a number of records: one of them comes without the list.
func encode(records []any) []byte {
	var body any = records
	if len(records) == 1 {
		body = records[0]
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // Records are plain structs.
	}
	return text
}
