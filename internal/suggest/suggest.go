// Package suggest finds what a person meant who wrote a word that there is
// none of.
package suggest

import (
	"strings"
)

// Similar is the one of the words that there are that is most like a word, or
// "" where none is.
func Similar(word string, known []string) string {
	word = plain(word)
	best, least, nearest := "", len(word)/3+1, 0
	for _, k := range known {
		candidate := plain(k)
		far := distance(word, candidate)
		d := far
		if len(word) >= 4 && (strings.Contains(candidate, word) || strings.Contains(word, candidate) && len(candidate) >= 4) {
			d = min(d, 1) // half of its name, as in "apikey" and "secret_file"
		}
		if d < least || d == least && best != "" && far < nearest {
			best, least, nearest = k, d, far
		}
	}
	return best
}

// plain is a word without what words are put together with.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// distance is how many letters have to be put in, left out or changed to make
// one word of another (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
