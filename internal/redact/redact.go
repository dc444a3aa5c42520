// Package redact keeps secrets out of what people read. A secret comes back in
// errors in more than one way: a server quotes the header that it was sent, a
// library quotes a URL, a proxy prints what it took for the credential.
package redact

import (
	"slices"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// leastPart is the shortest part of a secret, in bytes, that is hidden. A
	// shorter one is no help to whoever reads it, and words have as much in
	// common.
	leastPart = 8
	// maxText is how much of a text is looked at. Errors show less of it.
	maxText = 16 << 10
	// maxError is how much of an error is shown, such as a certificate's names.
	maxError = 600
	// maxShort is how much of an API's own words is.
	maxShort = 200
	// mask stands in the place of what is hidden.
	mask = "[redacted]"
)

// Text is a text without the secrets and fit for a terminal and a page: valid
// UTF-8 without control and bidirectional characters. A secret is found whole
// and in parts of eight bytes and more, in upper and lower case, and encoded
// as URLs, JSON, Go, HTML and base64 have it, also twice.
func Text(s string, secrets ...string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	hidden := hide(s, secrets)
	shown := insights.Printable(hidden)
	if shown != hidden { // a line break has become a space, and may have been in the way
		shown = hide(shown, secrets)
	}
	return shown
}

// Short is a Text of an API that fits into an error.
func Short(s string, secrets ...string) string {
	s = insights.Clean(Text(s, secrets...))
	if len(s) > maxShort {
		s = strings.ToValidUTF8(s[:maxShort], "")
	}
	return s
}

// hide puts the mask in the place of secrets.
func hide(s string, secrets []string) string {
	parts := partsOf(secrets)
	if len(parts) == 0 {
		return s
	}
	hidden := make([]bool, len(s))
	for v, more := plain(s), true; more; v, more = v.unescaped() {
		for _, p := range parts {
			p.mark(v, hidden)
		}
	}
	if !slices.Contains(hidden, true) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch {
		case !hidden[i]:
			b.WriteByte(s[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString(mask)
		}
	}
	return b.String()
}

// Error is an error whose text is without the secrets, as Text has it, and no
// longer than a log line bears: what a library says may quote what it was sent.
// What it wraps is still found.
func Error(err error, secrets ...string) error {
	text := Text(err.Error(), secrets...)
	if len(text) > maxError {
		text = strings.ToValidUTF8(text[:maxError], "")
	}
	return &redacted{text, err}
}

type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.err }
