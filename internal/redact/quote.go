package redact

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Quote is a text that a person wrote, as errors show it: not where it may be a
// secret that was written in the wrong place.
func Quote(s string) string {
	if mayBeSecret(s) {
		return "(a value that is not shown, since it may be a secret)"
	}
	return strconv.Quote(s)
}

// Path is the path of a file as errors show it, unless its name may be a secret
// that was written in its place.
func Path(path string) string {
	if strings.ContainsAny(path, "=+\n") || mayBeSecret(filepath.Base(path)) {
		return "(whose name is not shown, since it may be a secret itself)"
	}
	return path
}

// mayBeSecret reports whether a text looks made by a machine to be kept to
// oneself rather than like a name, a path or an address that a person wrote.
func mayBeSecret(s string) bool {
	if len(s) > 200 || strings.HasPrefix(s, "eyJ") || strings.ContainsAny(s, "\n\r") || strings.Contains(s, "-----BEGIN") {
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(`/.\:`, r) }), func(part string) bool {
		digits := strings.ContainsAny(part, "0123456789")
		letters := strings.ContainsFunc(part, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
		return len(part) >= 16 && digits && letters
	})
}
