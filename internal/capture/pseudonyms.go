package capture

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// pseudonyms replace words by others of the same form. A word has the same one
// wherever it stands, and nobody can find it without the key, which is not kept.
type pseudonyms struct {
	key       []byte
	addresses map[netip.Addr]string
	tokens    map[string]string
	// secrets are those that requests had, which an answer may quote.
	secrets []string
	// shown are texts of the vendor without these secrets. Rows have few.
	shown map[string]string
}

func newPseudonyms() *pseudonyms {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // which never fails
	return &pseudonyms{key: key, addresses: map[netip.Addr]string{}, tokens: map[string]string{}, shown: map[string]string{}}
}

var (
	// address finds what may be an IP address.
	address = regexp.MustCompile(`\b(\d{1,3}\.){3}\d{1,3}\b|\b[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}\b`)
	// word finds letters and digits that belong together.
	word = regexp.MustCompile(`[\p{L}\p{M}\p{N}]+`)
	// instant is a time as the APIs write it.
	instant = regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ][0-9:.]+(Z|[+-]\d\d:?\d\d)?)?$`)
)

// text is a text with its words and addresses replaced, but for words that say
// nothing of anybody.
func (p *pseudonyms) text(s string) string {
	if instant.MatchString(s) {
		return s
	}
	var b strings.Builder
	for at := 0; at < len(s); {
		found := address.FindStringIndex(s[at:])
		end := len(s)
		if found != nil {
			end = at + found[0]
		}
		b.WriteString(word.ReplaceAllStringFunc(s[at:end], p.word))
		if found == nil {
			break
		}
		b.WriteString(p.address(s[end : at+found[1]]))
		at += found[1]
	}
	return b.String()
}

// address is an address of the networks that are for tests (RFC 2544), one for
// each that there is.
func (p *pseudonyms) address(s string) string {
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return word.ReplaceAllStringFunc(s, p.word)
	}
	if p.addresses[ip] == "" {
		n := len(p.addresses) + 1
		p.addresses[ip] = fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255)
	}
	return p.addresses[ip]
}

// token stands for a token.
func (p *pseudonyms) token(s string) string {
	if p.tokens[s] == "" {
		p.tokens[s] = fmt.Sprint("a-token-", len(p.tokens)+1)
	}
	return p.tokens[s]
}

// word is a word of the same form: as many letters, capitals where there were
// some, digits where there were some.
func (p *pseudonyms) word(s string) string {
	low := strings.ToLower(s)
	if slices.Contains(plainWords, low) {
		return s
	}
	hash := hmac.New(sha256.New, p.key)
	_, _ = hash.Write([]byte(low)) // which never fails
	stream := hash.Sum(nil)
	i := 0
	return strings.Map(func(r rune) rune {
		n := rune(stream[i%len(stream)]) + rune(i/len(stream))
		i++
		switch {
		case unicode.IsDigit(r) && i == 1:
			return '1' + n%9
		case unicode.IsDigit(r):
			return '0' + n%10
		case unicode.IsUpper(r):
			return 'A' + n%26
		}
		return 'a' + n%26
	}, s)
}

// isID reports whether a part of a path is an ID: it stands behind "tenant", or
// has a long number.
func isID(before, part string) bool {
	digits := 0
	for _, r := range part {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return before == "tenant" || digits >= 5
}

// url is the URL of a request, with the vendor's hosts alone.
func (p *pseudonyms) url(u *url.URL) string {
	host := "api.example"
	for _, domain := range []string{".paloaltonetworks.com", ".prismaaccess.com", ".prisma-capacity.eu"} {
		if strings.HasSuffix(u.Hostname(), domain) {
			host = u.Host
		}
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		host = u.Host
	}
	parts := strings.Split(u.Path, "/")
	before := ""
	for i, part := range parts {
		if isID(before, part) {
			parts[i] = p.text(part)
		}
		before = part
	}
	replaced := url.URL{Scheme: u.Scheme, Host: host, Path: strings.Join(parts, "/"), RawQuery: p.query(u.Query())}
	return replaced.String()
}

// query is what a URL asks for: times and choices, and what a configuration has
// put there besides.
func (p *pseudonyms) query(values url.Values) string {
	for _, list := range values {
		for i, value := range list {
			if _, err := strconv.ParseBool(value); err != nil {
				list[i] = p.text(value)
			}
		}
	}
	return values.Encode()
}

// header is what is kept of headers.
func (p *pseudonyms) header(h http.Header, kept []string) http.Header {
	replaced := http.Header{}
	for _, name := range kept {
		for _, value := range h.Values(name) {
			if strings.HasPrefix(name, "Prisma-") {
				value = p.text(value)
			}
			value = p.plain(value)
			replaced.Add(name, value)
		}
	}
	return replaced
}

// ask is the body of a request: a query, in which nothing is anybody's, or a
// form that asks for a token.
func (p *pseudonyms) ask(body []byte) json.RawMessage {
	switch {
	case len(body) == 0:
		return nil
	case json.Valid(body):
		return bytes.Clone(body)
	}
	b, _ := json.Marshal(p.text(string(body))) // a text always can be
	return b
}
