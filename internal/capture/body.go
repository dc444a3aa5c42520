package capture

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// answer is the body of an answer. Where it is somebody's business, none of its
// figures and words are left.
func (p *pseudonyms) answer(body []byte, business bool) json.RawMessage {
	if replaced, err := p.json(body, business); err == nil {
		return replaced
	}
	b, _ := json.Marshal(p.text(strings.ToValidUTF8(string(body), "\uFFFD"))) // a text always can be
	return b
}

// json is a JSON text with its values replaced.
func (p *pseudonyms) json(body []byte, business bool) ([]byte, error) {
	options := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	var out bytes.Buffer
	d, e := jsontext.NewDecoder(bytes.NewReader(body), options...), jsontext.NewEncoder(&out, options...)
	names := map[int]string{} // the last one of each depth
	for {
		token, err := d.ReadToken()
		if err != nil {
			if out.Len() > 0 && d.StackDepth() == 0 {
				return bytes.TrimSpace(out.Bytes()), nil
			}
			return nil, err
		}
		depth := d.StackDepth()
		in, count := d.StackIndex(depth)
		switch {
		case token.Kind() == '}' || token.Kind() == ']':
			delete(names, depth+1)
		case token.Kind() == '"' && in == '{' && count%2 == 1:
			names[depth] = token.String()
		case token.Kind() == '"' && business:
			token = jsontext.String(p.text(token.String()))
		case token.Kind() == '"':
			token = jsontext.String(p.value(nameOf(names, depth), token.String(), depth == 1))
		case token.Kind() == '0' && (business || isLong(token.String()) && strings.HasSuffix(nameOf(names, depth), "id")):
			token = number(p, token.String())
		}
		if err := e.WriteToken(token); err != nil {
			return nil, err
		}
	}
}

// nameOf is the name that a value stands under, also where it is in a list.
func nameOf(names map[int]string, depth int) string {
	for ; depth > 0; depth-- {
		if names[depth] != "" {
			return strings.ToLower(names[depth])
		}
	}
	return ""
}

// isLong reports whether a number is long enough to be an ID.
func isLong(number string) bool { return len(number) >= 5 && !strings.ContainsAny(number, ".eE-") }

// figure finds the digits of a number.
var figure = regexp.MustCompile(`[0-9]+`)

// number is another number with as many digits.
func number(p *pseudonyms, digits string) jsontext.Token {
	value := jsontext.Value(figure.ReplaceAllStringFunc(digits, p.word))
	token, err := jsontext.NewDecoder(bytes.NewReader(value)).ReadToken()
	if err != nil {
		return jsontext.Int(0)
	}
	return token.Clone()
}

// secret takes in a secret that is not to be shown.
func (p *pseudonyms) secret(s string) {
	if !slices.Contains(p.secrets, s) {
		p.secrets = append(p.secrets, s)
		clear(p.shown)
	}
}

// plain is a text of the vendor.
func (p *pseudonyms) plain(s string) string {
	shown, ok := p.shown[s]
	if !ok {
		shown = redact.Text(s, p.secrets...)
		p.shown[s] = shown
	}
	return shown
}

// value is the value of a column, or of a member of the answer as a whole.
func (p *pseudonyms) value(name, s string, whole bool) string {
	switch {
	case whole && slices.Contains(errorMembers, name):
		return word.ReplaceAllStringFunc(redact.Text(s, p.secrets...), func(s string) string {
			if strings.ContainsAny(s, "0123456789") {
				return p.word(s)
			}
			return s
		})
	case strings.HasSuffix(name, "token"):
		return p.token(s)
	case slices.Contains(plainColumns, name), slices.ContainsFunc(plainSuffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) }):
		return p.plain(s)
	}
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		if inner, err := p.json([]byte(s), false); err == nil { // JSON in a text
			return string(inner)
		}
	}
	return p.text(s)
}
