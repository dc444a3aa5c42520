package transport

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

// FuzzRefusal: whatever a server answers in the place of 200, and however it
// quotes the secret that it was sent, the error has a meaning, can be printed,
// is short, and does not show the secret.
func FuzzRefusal(f *testing.F) {
	const secret = "3f7c9a51-d0e2-4b6c"
	f.Add(uint16(401), `{"errorCode":"REST10003","message":"bad key `, `","details":"x"}`, secret, uint8(0), false)
	f.Add(uint16(400), "<html>\x1b[2J\u202E", "</html>", secret, uint8(1), true)
	f.Add(uint16(503), `{"error":"invalid_client","error_description":"Basic `, `"}`, secret, uint8(3), true)
	f.Add(uint16(204), "", "", secret, uint8(2), false)
	f.Add(uint16(400), `{"errorCode":{"a":["`, `"]},"message":7}`, "p@ss word/9999", uint8(2), false)
	encodings := []func(string) string{
		func(s string) string { return s }, strings.ToUpper, inJSON, url.QueryEscape,
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	}
	f.Fuzz(func(t *testing.T, status uint16, before, after, secret string, encoding uint8, token bool) {
		secret = strings.Map(func(r rune) rune { return '!' + r%('~'-'!'+1) }, strings.ToValidUTF8(secret, "?"))
		if len(secret) < 8 || len(secret) > 200 || len(before)+len(after) > 4<<10 {
			t.Skip()
		}
		body := before + encodings[int(encoding)%len(encodings)](secret) + after
		code := 201 + int(status)%398
		failed, _ := readRefusal(Request{Resource: "r", Token: token, Secrets: []string{secret}}, reply(code, strings.NewReader(body), -1))
		text := failed.Error()
		if failed.Kind == nil || failed.Status != code || token && code == http.StatusUnauthorized && !errors.Is(failed, insights.ErrCredential) {
			t.Errorf("HTTP %d with %q is %#v", code, body, failed)
		}
		if !utf8.ValidString(text) || len(text) > 1000 || strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsAny(text, "\u202E\u2066") {
			t.Errorf("HTTP %d with %q is told as %q", code, body, text)
		}
		shown := strings.ToLower(failed.Code + "\x00" + failed.Message)
		for i := 0; i+8 <= len(secret); i++ {
			if part := strings.ToLower(secret[i : i+8]); strings.Contains(shown, part) {
				t.Errorf("%q of the secret is in %q", part, text)
			}
		}
	})
}

// inJSON is a text as JSON quotes it, without the quotes.
func inJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}
