package client

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

// bearer is a company's API token: what its file holds and what the platform
// says of it.
//
// The token has no end that could be known beforehand. It lives until somebody
// in the company generates another one, which voids it at once. Only a 401
// tells, and asking again with the same token cannot help; so a token that is
// rejected is left alone, but for one try after a growing pause, until its
// file holds another.
type bearer struct {
	file   secretfile.File
	logger log.Logger
	// grace is how much longer a resource that was refused leaves the next try
	// to the others: the 401 may be about the resource and not the token.
	grace time.Duration

	mu      sync.Mutex
	current secretfile.Secret // of the last file that held one
	loaded  time.Time
	number  string
	created time.Time
	trouble error // why the file is of no use now
	word    word
	// rejected is when the current token was, the zero time while nothing is
	// known against it.
	rejected time.Time
	refuser  string          // the resource that was refused last
	refused  map[string]bool // those that the current token was refused for
	failures int
	notUntil time.Time
}

// word is what the platform said last of a company's token.
type word int

const (
	noWord word = iota
	wordAccepted
	wordRejected
)

// use is one use of a token.
type use struct {
	token  string
	digest [sha256.Size]byte
	began  time.Time
}

// newBearer reads the token without using it, so that a file that holds none
// is known from the start. It need not hold one yet.
func newBearer(file secretfile.File, resources int, logger log.Logger) *bearer {
	b := &bearer{file: file, logger: logger}
	if resources > 1 {
		b.grace = firstRejected
	}
	b.Look()
	return b
}

// Look reads the file and returns what names the token in use. A file that is
// of no use takes nothing away from a token that is known.
func (b *bearer) Look() (epoch string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.look()
	return string(b.current.Digest[:])
}

// look is Look. It holds b.mu.
func (b *bearer) look() {
	read, err := b.file.Read()
	if err != nil {
		if b.trouble == nil || b.trouble.Error() != err.Error() {
			level.Error(b.logger).Log("msg", "The file of the API token is of no use", "err", err)
		}
		b.trouble = err
		return
	}
	if b.trouble != nil {
		level.Info(b.logger).Log("msg", "The file of the API token can be used again")
		b.trouble = nil
	}
	if read.Digest == b.current.Digest {
		return
	}
	b.file.Warn(read, b.logger)
	b.current, b.loaded = read, time.Now()
	b.number, b.created = capacityClaims(read.Value)
	b.rejected, b.refuser, b.refused, b.failures = time.Time{}, "", map[string]bool{}, 0
}

// Use returns the token to ask for a resource with, or why nothing is asked.
func (b *bearer) Use(resource string) (use, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current.Value == "" {
		return use{}, &insights.Error{Kind: insights.ErrCredential, Resource: tokenResource, Err: b.trouble}
	}
	if !b.rejected.IsZero() {
		turn := b.notUntil
		if resource == b.refuser {
			turn = turn.Add(b.grace)
		}
		if time.Now().Before(turn) {
			return use{}, b.rejection()
		}
		b.pause() // whoever comes now has the only try until it is over
	}
	return use{b.current.Value, b.current.Digest, time.Now()}, nil
}

// pause sets the wait before a rejected token is tried again. It holds b.mu.
func (b *bearer) pause() {
	b.failures++
	b.notUntil = time.Now().Add(pauseAfter(insights.ErrCredential, b.failures))
}

// rejection is the error of a rejected token. It holds b.mu.
func (b *bearer) rejection() error {
	return &insights.Error{
		Kind: insights.ErrCredential, Resource: tokenResource, Status: http.StatusUnauthorized,
		Err: fmt.Errorf("the platform rejects the token in %s: if somebody in the company has generated another one, write that into the file", b.file.Path),
	}
}

// Accepted notes that the platform took the token for a resource. What was
// asked before the token was rejected says nothing of it now.
func (b *bearer) Accepted(u use, resource string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if u.digest != b.current.Digest || !u.began.After(b.rejected) {
		return
	}
	if b.word == wordRejected {
		level.Info(b.logger).Log("msg", "The platform accepts the API token again")
	}
	b.word = wordAccepted
	b.rejected, b.failures = time.Time{}, 0
	delete(b.refused, resource)
}

// Refused notes a 401. It reports whether the file holds another token than
// the one that was refused, and what the 401 means.
func (b *bearer) Refused(u use, resource string) (replaced bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.look()
	if u.digest != b.current.Digest {
		return true, &insights.Error{
			Kind: insights.ErrUnavailable, Resource: resource, Status: http.StatusUnauthorized,
			Err: errors.New("the token was replaced while it was in use"),
		}
	}
	if b.refused[resource] && b.rejected.IsZero() {
		return false, &insights.Error{
			Kind: insights.ErrForbidden, Resource: resource, Status: http.StatusUnauthorized,
			Err: errors.New("the platform takes the same token for other resources"),
		}
	}
	b.refuser = resource
	b.refused[resource] = true
	if b.rejected.IsZero() {
		b.word = wordRejected
		b.rejected = time.Now()
		b.pause()
		level.Error(b.logger).Log("msg", "The platform rejects the API token", "resource", resource, "err", b.rejection())
	}
	return false, b.rejection()
}

// Word is the platform's last word on the token, if there is one.
func (b *bearer) Word() (yes, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.word == wordAccepted, b.word != noWord
}

// File reports whether the file could be used when it was last looked at, and
// when the token in use was read first, or the zero time without one.
func (b *bearer) File() (readable bool, loaded time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.trouble == nil, b.loaded
}

// Claims are what the token in use says of itself.
func (b *bearer) Claims() (number string, created time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.number, b.created
}

const (
	// maxNumber is how many digits the number of a token has at most.
	maxNumber = 15
	// maxCreated is the end of the year 9999 in milliseconds.
	maxCreated = 253402300799999
)

// capacityClaims are the claims of a token that are of interest: which of the
// company's tokens it is, a text of digits, and when it was made, in
// milliseconds. Nobody has to have them, and nothing but what is shown depends
// on them.
func capacityClaims(token string) (number string, created time.Time) {
	var claims struct {
		Number  any `json:"number"`
		Created any `json:"created"`
	}
	if !readClaims(token, &claims) {
		return "", time.Time{}
	}
	if s, ok := claims.Number.(string); ok && s != "" && len(s) <= maxNumber && strings.Trim(s, "0123456789") == "" {
		number = s
	}
	if ms, ok := claims.Created.(float64); ok && ms > 0 && ms <= maxCreated {
		created = time.UnixMilli(int64(ms))
	}
	return number, created
}

// leastPart is how long a part of a token is that tells something.
const leastPart = 10

// withParts are a token and the parts of a JWT, which may come back alone.
func withParts(token string) []string {
	parts := strings.Split(token, ".")
	return append([]string{token}, slices.DeleteFunc(parts, func(p string) bool { return len(p) < leastPart })...)
}
