package exposition

import (
	"net/http"
	"strconv"
	"strings"
)

// The content codings that a page can be had in.
const (
	codingIdentity = "identity"
	codingGzip     = "gzip"
)

// chooseCoding is the content coding that a client likes best, as RFC 9110,
// section 12.5.3, has it. Of two that it likes the same, gzip costs less: most
// of a page is kept compressed. acceptable is false for a client that refuses
// both.
func chooseCoding(h http.Header) (coding string, acceptable bool) {
	weights := codingWeights(h.Values("Accept-Encoding"))
	others, wildcard := weights["*"]
	gzip, listed := weights[codingGzip]
	if !listed {
		gzip = others // zero where there is no wildcard
	}
	identity, listed := weights[codingIdentity]
	switch {
	case !listed && wildcard:
		identity = others
	case !listed: // always acceptable, and what nobody asked for
		return bestOf(gzip), true
	}
	if gzip > 0 && gzip >= identity {
		return codingGzip, true
	}
	return codingIdentity, identity > 0
}

func bestOf(gzip float64) string {
	if gzip > 0 {
		return codingGzip
	}
	return codingIdentity
}

// codingWeights reads the lines of Accept-Encoding. A coding whose weight
// cannot be read counts as one that is not there.
func codingWeights(lines []string) map[string]float64 {
	weights := map[string]float64{}
	for element := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		name, parameters, _ := strings.Cut(element, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "x-gzip" { // RFC 9110, section 8.4.1.3: the same
			name = codingGzip
		}
		if weight, ok := weightOf(parameters); ok && name != "" {
			weights[name] = weight
		}
	}
	return weights
}

// weightOf reads the weight among the parameters of a coding, which is 1
// where there is none.
func weightOf(parameters string) (weight float64, ok bool) {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		value = strings.TrimSpace(value)
		if strings.Trim(value, "0123456789.") != "" { // ParseFloat takes more than a weight may be
			return 0, false
		}
		weight, err := strconv.ParseFloat(value, 64)
		return weight, err == nil && weight <= 1
	}
	return 1, true
}
