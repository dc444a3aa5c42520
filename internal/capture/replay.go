package capture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Replay answers requests as a capture says. Who got the token of one tenant of the
// capture gets its answers. Requests that are equal but for whom they name have
// their answers one after the other, and the last again.
type Replay struct {
	mu      sync.Mutex
	answers map[string][]exchange
}

// Open returns the capture of a folder.
func Open(folder string) (*Replay, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no capture", folder)
	}
	r := &Replay{answers: map[string][]exchange{}}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var e exchange
		if err := json.Unmarshal(b, &e); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		_, behind, _ := strings.Cut(e.URL, "://")
		_, path, _ := strings.Cut(behind, "/")
		k := key(e.Method, path, e.Ask)
		r.answers[k] = append(r.answers[k], e)
	}
	return r, nil
}

// key is what a request has in common with the one that was captured: not the
// IDs, which are others.
func key(method, path string, ask []byte) string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	before := ""
	for i, part := range parts {
		if isID(before, part) {
			parts[i] = "*"
		}
		before = part
	}
	var query bytes.Buffer
	if json.Compact(&query, ask) != nil || query.Len() == 0 || query.Bytes()[0] != '{' {
		query.Reset() // a form
	}
	return method + " " + strings.Join(parts, "/") + " " + query.String()
}

// take returns the exchange that is most like a request, and keeps it only where
// there is no other like it.
func (r *Replay) take(key string, req *http.Request) (e exchange, ok bool) {
	all := r.answers[key]
	if len(all) == 0 {
		return e, false
	}
	_, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	found, most, others := 0, -1, false
	for i, there := range all {
		like := 0
		if there.Token == token {
			like += 2
		}
		if there.Header.Get("Prisma-Tenant") == req.Header.Get("Prisma-Tenant") && there.Header.Get("Prisma-Subtenant") == req.Header.Get("Prisma-Subtenant") {
			like++
		}
		if others = others || like == most; like > most {
			found, most, others = i, like, false
		}
	}
	e = all[found]
	if others {
		r.answers[key] = slices.Concat(all[:found], all[found+1:])
	}
	return e, true
}

// RoundTrip implements http.RoundTripper.
func (r *Replay) RoundTrip(req *http.Request) (*http.Response, error) {
	var ask []byte
	if req.Body != nil {
		defer req.Body.Close()
		var err error
		if ask, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	k := key(req.Method, req.URL.Path, ask)
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.take(k, req)
	switch {
	case !ok:
		return nil, fmt.Errorf("the capture has no answer to %s", k)
	case e.Status == 0:
		return nil, fmt.Errorf("captured: %s", e.Error)
	}
	body := []byte(e.Answer)
	var text string
	if json.Unmarshal(body, &text) == nil {
		body = []byte(text) // it was no JSON
	}
	header := e.AnswerHeader.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Del("Content-Encoding")
	return &http.Response{
		Status: http.StatusText(e.Status), StatusCode: e.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}
