// Package capture writes down what an API was asked and what it answered, so
// that a person can attach it to an issue: everything that is theirs is
// replaced, the same each time by the same. What was captured can be replayed.
package capture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// maxBody is how much of an answer is written down.
const maxBody = 16 << 20

// exchange is a file of a capture.
type exchange struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Header http.Header `json:"header,omitempty"`
	// Token stands for the token that the request had, and for it in the answer
	// that gave it.
	Token string `json:"token,omitempty"`
	// Ask and Answer are the bodies: JSON where they are, else text.
	Ask          json.RawMessage `json:"ask,omitempty"`
	Status       int             `json:"status,omitempty"`
	AnswerHeader http.Header     `json:"answer_header,omitempty"`
	Answer       json.RawMessage `json:"answer,omitempty"`
	// Error is why there was no answer.
	Error string `json:"error,omitempty"`
}

// Recorder writes exchanges into a folder.
type Recorder struct {
	folder string
	names  *pseudonyms

	mu      sync.Mutex
	written int
	failed  error
}

// New returns a Recorder that writes into a folder of its own.
func New(folder string) (*Recorder, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("directory of the capture: %w", err)
	}
	there, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("directory of the capture: %w", err)
	}
	if len(there) > 0 {
		return nil, fmt.Errorf("directory of the capture: %s is not empty: use a new directory", redact.Path(folder))
	}
	return &Recorder{folder: folder, names: newPseudonyms()}, nil
}

// bearer is the scheme of a token.
const bearer = "Bearer"

// company is the kind whose answers are records of its business.
const company = "company"

// Record returns a transport that writes down what goes through it. What a
// company books, and for how much, is nobody's business: of its answers the
// figures are replaced as well.
func (r *Recorder) Record(kind string, next http.RoundTripper) http.RoundTripper {
	return &recorded{r, next, kind == company}
}

// Close returns how many exchanges were written, and what went wrong.
func (r *Recorder) Close() (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.written, r.failed
}

type recorded struct {
	recorder *Recorder
	next     http.RoundTripper
	business bool
}

// RoundTrip implements http.RoundTripper.
func (t *recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	var ask []byte
	if req.Body != nil {
		var err error
		if ask, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		_ = req.Body.Close() // it is memory
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(ask))
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		t.write(req, ask, nil, nil, err)
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	t.write(req, ask, resp, answer, err)
	rest := resp.Body
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(answer), rest), rest}
	return resp, nil
}

// Headers that say nothing of anybody, and those that name a tenant.
var (
	askHeaders    = []string{"Content-Type", "Accept", "X-Panw-Region", "Prisma-Tenant", "Prisma-Subtenant"}
	answerHeaders = []string{"Content-Type", "Content-Encoding", "Date", "Retry-After"}
)

// write writes down an exchange.
func (t *recorded) write(req *http.Request, ask []byte, resp *http.Response, answer []byte, cause error) {
	r := t.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	scheme, secret, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if secret != "" {
		r.names.secret(secret)
	}
	if _, password, ok := req.BasicAuth(); ok {
		r.names.secret(password)
	}
	e := exchange{Method: req.Method, URL: r.names.url(req.URL), Header: r.names.header(req.Header, askHeaders), Ask: r.names.ask(ask)}
	if strings.EqualFold(scheme, bearer) {
		e.Token = r.names.token(secret)
	}
	if resp != nil {
		e.Status, e.AnswerHeader = resp.StatusCode, r.names.header(resp.Header, answerHeaders)
		e.Answer = r.names.answer(answer, t.business && resp.StatusCode < http.StatusBadRequest)
	}
	if cause != nil {
		e.Error = r.names.text(redact.Text(cause.Error(), r.names.secrets...))
	}
	b, err := json.MarshalIndent(e, "", "  ")
	if err == nil {
		r.written++
		err = os.WriteFile(filepath.Join(r.folder, fmt.Sprintf("%04d-%s.json", r.written, lastOf(req.URL.Path))), append(b, '\n'), 0o600)
	}
	r.failed = errors.Join(r.failed, err)
}

// lastOf is the last part of a path that names a resource.
func lastOf(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i := len(parts) - 1; i > 0; i-- {
		if !isID(parts[i-1], parts[i]) {
			return parts[i]
		}
	}
	return "request"
}
