package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// each is a text whose characters are written each by itself, as by a format.
func each(format, s string) string {
	var b strings.Builder
	for _, c := range s {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// asMail is a text as mail has it, in lines that are short.
func asMail(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "=%02X", s[i])
		if i%7 == 6 {
			b.WriteString("=\r\n")
		}
	}
	return b.String()
}

const secret = `kQ7+/x"Zw<9&vB\tR2=mN%5é`

// TestTextHidesSecrets: whatever a program makes of a secret that it quotes.
func TestTextHidesSecrets(t *testing.T) {
	asJSON := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	for name, quoted := range map[string]string{
		"as it is":               secret,
		"in quotes":              `"` + secret + `"`,
		"upper case":             strings.ToUpper(secret),
		"lower case":             strings.ToLower(secret),
		"the first part":         secret[:8],
		"the last part":          secret[len(secret)-9:],
		"a part inside":          secret[5:14],
		"URL query":              url.QueryEscape(secret),
		"URL path":               url.PathEscape(secret),
		"part of a query":        url.QueryEscape(secret)[:30],
		"JSON":                   asJSON(secret),
		"JSON in JSON":           asJSON(asJSON(secret)),
		"JSON in a URL":          url.QueryEscape(asJSON(secret)),
		"Go":                     fmt.Sprintf("%q", secret),
		"Go, ASCII":              fmt.Sprintf("%+q", secret),
		"HTML":                   html.EscapeString(secret),
		"HTML in JSON":           asJSON(html.EscapeString(secret)),
		"hexadecimal":            hex.EncodeToString([]byte(secret)),
		"base64":                 base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 of URLs":         base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"basic":                  base64.StdEncoding.EncodeToString([]byte("user:" + secret)),
		"basic, other":           base64.StdEncoding.EncodeToString([]byte("users:" + secret)),
		"basic, third":           base64.StdEncoding.EncodeToString([]byte("userss:" + secret + "!")),
		"base64 in a URL":        url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(secret))),
		"escaped in braces":      each(`\u{%x}`, secret),
		"the same in JSON":       asJSON(each(`\u{%x}`, secret)),
		"octal":                  octal(secret),
		"mail":                   asMail(secret),
		"mail in JSON":           asJSON(asMail(secret)),
		"no width":               each("%c\u200b", secret),
		"no width, in JSON":      asJSON(each("%c\u2060", secret)),
		"soft hyphens":           each("%c\u00ad", secret),
		"other directions":       each("%c\u202e", secret),
		"variants":               each("%c\ufe0f", secret),
		"a filler":               each("%c\u3164", secret),
		"no characters":          each("%c\x00", secret),
		"no width, other script": each("%c\u200b", "東"+secret),
		"what cannot be shown":   each("%c\ufffd", secret),
		"no width, then URL":     url.QueryEscape(each("%c\u200d", secret)),
		"part of a base64":       base64.StdEncoding.EncodeToString([]byte(secret))[4:18],
	} {
		got := Text("before "+quoted+" after", "", secret)
		if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || !strings.Contains(got, mask) {
			t.Errorf("%s: %q became %q", name, quoted, got)
		}
		if left := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(got, "before "), " after"), mask, ""); len(left) > 12 {
			t.Errorf("%s: %q is left of %q", name, left, quoted)
		}
	}
}

// TestTextKeepsTheRest: what is no secret is told as it is.
func TestTextKeepsTheRest(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"100% of \\ & &amp; \\u12 %zz \\x5":   "100% of \\ & &amp; \\u12 %zz \\x5",
		secret[:7] + " is too short":          secret[:7] + " is too short",
		"twice " + secret + secret + ".":      "twice " + mask + ".",
		"\x1b[2J\u202Eesrever " + secret:      "\uFFFD[2J\uFFFDesrever " + mask,
		"a\xffb":                              "a\uFFFDb",
		strings.Repeat("x", maxText) + "more": strings.Repeat("x", maxText),
	} {
		if got := Text(text, secret); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := Text("PIN 1234 it is", "1234"); got != "PIN "+mask+" it is" {
		t.Errorf("a short secret: %q", got)
	}
}

func octal(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, `\%03o`, s[i])
	}
	return b.String()
}

// TestValue: a secret in a row is shown in no form, and whatever else a row has is
// as insights.Clean has it.
func TestValue(t *testing.T) {
	const short, uuid = "seven77", "3f7c9a51-d0e2-4b6c-8a11-0123456789ab"
	value := Value(secret, short, uuid)
	for _, text := range []string{
		secret, "site " + secret + " (main)", "a" + uuid, uuid[:leastValue], "xy" + uuid[9:9+leastValue], strings.ToUpper(uuid),
		url.QueryEscape(secret), html.EscapeString(secret), fmt.Sprintf("%q", secret), each(`\u{%x}`, uuid), asMail(uuid), octal(uuid),
		each("%c\u200b", uuid), each("%c\u202e", uuid), "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+uuid)), hex.EncodeToString([]byte(uuid)),
		strings.ReplaceAll(secret, "+", " "),
	} {
		got := value(text)
		if left := strings.ReplaceAll(got, mask, ""); !strings.Contains(got, mask) || len(left) > 12 {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{
		"", "x", short, "in " + short + "!", uuid[:leastPart-1], "東京 本社", "100% of a & b = c\\d", "Ümlaut=4", strings.Repeat("é", 200), "a\x00b\u202ec", "US+East",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8",
	} {
		if got := value(text); got != insights.Clean(text) {
			t.Errorf("%q became %q, want %q", text, got, insights.Clean(text))
		}
	}
	if got := Value("eight888")("an eight888"); got != "an "+mask {
		t.Errorf("a secret of eight bytes: %q", got)
	}
}

func TestErrorKeepsItsCause(t *testing.T) {
	err := Error(fmt.Errorf("reading %s: %w", secret, io.ErrUnexpectedEOF), secret)
	if !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "reading "+mask+": unexpected EOF" {
		t.Errorf("got %v", err)
	}
	if got := Error(errors.New(strings.Repeat("é", maxError))).Error(); len(got) != maxError {
		t.Errorf("a long error has %d bytes", len(got))
	}
}

// FuzzText: no error body, whatever stands around the secret and however it
// was encoded, shows eight bytes of it.
func FuzzText(f *testing.F) {
	f.Add(`{"error":"invalid_client","sent":"`, "3f7c9a51-d0e2-4b6c", `"}`, uint8(0))
	f.Add("<p>&lt;", "abcd%41\\u0041&amp;xyz", "</p>", uint8(6))
	f.Add("Basic ", "p@ss word/9999", "==", uint8(4))
	f.Add("%25%", "aaaaaaaaaaaa", "\\", uint8(2))
	f.Add("0", "00dAA0a0", "0", uint8(3)) // the secret is PP%aaP"P
	f.Add("\\", "R0000000", "", uint8(10))
	encodings := []func(string) string{
		func(s string) string { return s }, strings.ToUpper, url.QueryEscape, strconvQuote,
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		func(s string) string { return hex.EncodeToString([]byte(s)) },
		html.EscapeString, asMail, octal,
		func(s string) string { return each(`\u{%x}`, s) }, func(s string) string { return each("%c\u200b", s) },
	}
	f.Fuzz(func(t *testing.T, before, secret, after string, encoding uint8) {
		secret = strings.Map(func(r rune) rune { return ' ' + r%('~'-' '+1) }, strings.ToValidUTF8(secret, "?"))
		if len(secret) < leastPart || len(before)+len(secret) > 1<<10 {
			t.Skip()
		}
		quoted := encodings[int(encoding)%len(encodings)](secret)
		got := Text(before+quoted+after, secret)
		if strings.Contains(strings.ReplaceAll(got, mask, "\x00"), quoted) {
			t.Errorf("%q is in %q", quoted, got)
		}
		shown := fold(strings.ReplaceAll(got, mask, "\x00"))
		for i := 0; i+leastPart <= len(secret); i++ {
			if strings.Contains(shown, fold(secret[i:i+leastPart])) {
				t.Errorf("%q of the secret is in %q", secret[i:i+leastPart], got)
			}
		}
		short := slices.ContainsFunc(formsOf([]string{secret}), func(f form) bool { return len(f.text) < leastPart })
		if value := Value(secret)(before + quoted); !short && 3*len(before)+len(quoted) < insights.MaxText && !strings.Contains(value, mask) {
			t.Errorf("as a value, %q is %q", before+quoted, value)
		}
	})
}

func strconvQuote(s string) string { return fmt.Sprintf("%q", s) }

// TestQuote: what may be a secret in the wrong place is not shown.
func TestQuote(t *testing.T) {
	for text, shown := range map[string]bool{
		"": true, "europe": true, "1101001012\"": true, "acme-production-tenant": true, "https://api.example.com:8443/insights": true, "2026-03-01": true,
		"9f3b2c1d-77aa-4e5f-8b21-0c4d5e6f7a8b": false, "eyJhbGci.eyJz.c2ln": false, "-----BEGIN PRIVATE KEY-----": false, "two\nlines": false, strings.Repeat("x", 201): false,
	} {
		if got := Quote(text); strings.Contains(got, "not shown") == shown || shown && got != fmt.Sprintf("%q", text) {
			t.Errorf("%q: got %s", text, got)
		}
	}
	for path, shown := range map[string]bool{
		"/etc/prisma/acme.key": true, "/run/secrets/globex": true, "/tmp/TestNames1234567890/001/key": true, "keys/acme_2026-03-01.key": true,
		"/etc/prisma/9f3b2c1d-77aa-4e5f-8b21-0c4d5e6f7a8b": false, "/etc/prisma/AKx93jfKQ02mdLwpz7/ab==": false, "eyJhbGciOiJIUzI1NiJ9.eyJz": false,
	} {
		if got := Path(path); (got == path) != shown {
			t.Errorf("%q: got %s", path, got)
		}
	}
}
