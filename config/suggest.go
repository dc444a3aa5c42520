package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/internal/suggest"
)

// meant asks whether one of the words that there are was meant, if one is
// like it: "; did you mean alerts?".
func meant(word string, known []string) string {
	if s := suggest.Similar(word, known); s != "" {
		return "; did you mean " + s + "?"
	}
	return ""
}

// quote is a value of a configuration as errors show it: not where it may be a
// secret that was written in the wrong place.
func quote(s string) string {
	if mayBeSecret(s) {
		return "(a value that is not shown, since it may be a secret)"
	}
	return strconv.Quote(s)
}

// mayBeSecret reports whether a text looks made by a machine to be kept to
// oneself rather than like a name, a path or an address that a person wrote.
func mayBeSecret(s string) bool {
	if len(s) > 200 || strings.HasPrefix(s, "eyJ") || strings.ContainsAny(s, "\n\r") || strings.Contains(s, "-----BEGIN") {
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '.' || r == '\\' || r == ':' }), func(part string) bool {
		digits := strings.ContainsAny(part, "0123456789")
		letters := strings.ContainsFunc(part, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
		return len(part) >= 16 && digits && letters
	})
}
