package simulator

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// header is the head of an answer, in either form.
type header struct {
	CreatedAt  string      `json:"createdAt"`
	DataCount  *int        `json:"dataCount,omitempty"`
	RowCount   *int        `json:"rowCount,omitempty"`
	RequestID  string      `json:"requestId"`
	Name       string      `json:"name,omitempty"`
	QueryInput *queryInput `json:"queryInput,omitempty"`
	Status     *status     `json:"status,omitempty"`
}

type status struct {
	SubCode int `json:"subCode"`
}

// queryInput repeats the time that the query looked at. The member is called event_time whatever column it is on.
type queryInput struct {
	TimeRange      string    `json:"time_range"`
	EventTime      timeRange `json:"event_time"`
	Histogram      bool      `json:"histogram,omitempty"`
	HistogramRange string    `json:"histogram_range,omitempty"`
	HistogramValue string    `json:"histogram_value,omitempty"`
}

type timeRange struct {
	From      string `json:"from"`
	To        string `json:"to"`
	FromEpoch int64  `json:"from_epoch"`
	ToEpoch   int64  `json:"to_epoch"`
}

type envelope struct {
	Header header `json:"header"`
	Data   any    `json:"data"`
}

// envelope puts rows into the answer's form.
func (q *query) envelope(rows []record, nested bool, now time.Time, id string) envelope {
	if rows == nil {
		rows = []record{}
	}
	created := now.UTC().Format(time.RFC3339)
	n := len(rows)
	if !nested {
		flat := header{CreatedAt: created, DataCount: &n, RequestID: id, QueryInput: q.input(), Status: &status{200}}
		if q.resource.language.named {
			flat.Name = q.resource.name
		}
		return envelope{flat, rows}
	}
	inner := envelope{header{CreatedAt: created, RowCount: &n, RequestID: id + ":1", Name: q.resource.name, QueryInput: q.input()}, rows}
	one := 1
	return envelope{header{CreatedAt: created, RowCount: &one, RequestID: id}, []envelope{inner}}
}

func (q *query) input() *queryInput {
	if !q.spanGiven || q.resource.silent {
		return nil
	}
	in := &queryInput{TimeRange: q.span.label, EventTime: timeRange{
		From: q.span.from.Format(time.RFC3339), To: q.span.to.Format(time.RFC3339),
		FromEpoch: q.span.from.UnixMilli(), ToEpoch: q.span.to.UnixMilli(),
	}}
	if h := q.histogram; h != nil && h.value != "" {
		in.Histogram, in.HistogramRange, in.HistogramValue = true, h.rangeWord, h.value
	}
	return in
}

// uuidOf writes 128 bits as a random UUID.
func uuidOf(a, b uint64) string {
	a = a&^0xf000 | 0x4000
	b = b&^(0xc<<60) | 0x8<<60
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

// serveQuery answers a query with the rows of the world that it addresses.
func (s *Simulator) serveQuery(w http.ResponseWriter, r *http.Request, to route, body []byte, f *Fault) {
	t := s.admit(w, r, to)
	if t == nil {
		return
	}
	elsewhere, no := to.version.checkRegion(r, t)
	var world *World
	if no == nil {
		world, no = to.version.scopeOf(r, t)
	}
	if elsewhere {
		world = nil
	}
	var e any
	if no == nil {
		e, no = s.answerQuery(t, world, to, r.Header.Get("Content-Type"), body, f)
	}
	if no != nil {
		to.version.language.refuse(no, w)
		return
	}
	newAnswer(e).write(w, r, f)
}

// answerQuery answers with no rows where there is no world: that is what the API was seen to do in a wrong region.
func (s *Simulator) answerQuery(t *tenant, world *World, to route, contentType string, body []byte, f *Fault) (any, *refusal) {
	if no := checkContentType(contentType); no != nil {
		return nil, no
	}
	asked := to.version.resources[to.resource]
	if asked == nil || asked.feature != to.feature {
		return nil, invalidResource(to.resource)
	}
	if how, refused := t.Refuse[asked.name]; refused {
		return nil, how.of(asked.name)
	}
	now := s.clock.now()
	q, no := readQuery(body, asked, now)
	if no != nil {
		return nil, no
	}
	if (s.strict || asked.language.timeRules) && asked.timed && !q.spanGiven {
		return nil, invalidParameter("a time rule is required", "event_time")
	}
	rows := []record{}
	if world != nil {
		rows = f.disturbRows(q.run(f.disturbRecords(asked, asked.records(world, q.span))))
	}
	if len(rows) > q.count && f.kind() != RowFlood {
		rows = rows[:q.count]
	}
	return f.disturbEnvelope(q.envelope(rows, t.nested[asked.name], now, uuidOf(rand.Uint64(), rand.Uint64()))), nil
}
