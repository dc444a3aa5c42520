package config

import (
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
