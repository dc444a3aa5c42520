package redact

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// parts are all parts of a form of a secret that have the same length.
type parts struct {
	length int
	set    map[string]struct{}
}

// newParts returns the parts of a form of a secret: those with the length, or
// the whole form where it is shorter.
func newParts(form string, length int) parts {
	form = fold(form)
	length = min(length, len(form))
	p := parts{length, make(map[string]struct{}, len(form)-length+1)}
	for i := 0; i+p.length <= len(form); i++ {
		p.set[form[i:i+p.length]] = struct{}{}
	}
	return p
}

// mark notes where a view has a part, in the bytes of the text that was viewed.
func (p parts) mark(v view, hidden []bool) {
	for i := 0; i+p.length <= len(v.text); i++ {
		if _, ok := p.set[v.text[i:i+p.length]]; !ok {
			continue
		}
		for at := v.from[i]; at < v.from[i+p.length]; at++ {
			hidden[at] = true
		}
	}
}

// form is how a secret may stand in a text that cannot be decoded there, since
// nothing says where it begins.
type form struct {
	text string
	// least is the length of the shortest part of it that is hidden.
	least int
}

// formsOf are the forms of secrets.
func formsOf(secrets []string) []form {
	var all []form
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		// What looks like an escape in the secret itself is decoded as one with
		// those of the text around it.
		for v, more := plain(secret), true; more; v, more = v.unescaped() {
			all = append(all, form{v.text, leastPart})
		}
		if len(secret) < leastPart {
			continue
		}
		all = append(all, form{hex.EncodeToString([]byte(secret)), hex.EncodedLen(leastPart)})
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			for shift := range 3 {
				all = append(all, form{encodedFrom(encoding, secret, shift), encoding.EncodedLen(leastPart)})
			}
		}
	}
	return all
}

// partsOf are the parts of secrets in each of their forms.
func partsOf(secrets []string) []parts {
	var all []parts
	for _, f := range formsOf(secrets) {
		all = append(all, newParts(f.text, f.least))
	}
	return all
}

// encodedFrom is a secret as base64 has it that stands behind so many other
// bytes, such as a user name, without the characters at either end that other
// bytes have a part in.
func encodedFrom(encoding *base64.Encoding, secret string, shift int) string {
	encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + secret))
	first := (shift*8 + 5) / 6
	last := (shift + len(secret)) * 8 / 6
	return encoded[first:last]
}
