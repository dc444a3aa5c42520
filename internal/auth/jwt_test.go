package auth

import (
	"testing"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

var issuedAt = time.Unix(1_800_000_000, 0)

func TestTokenLife(t *testing.T) {
	const now = 1_800_000_000
	for name, c := range map[string]struct {
		token string
		date  time.Time
		want  time.Duration
	}{
		"documented":        {authtest.Token(`{"iat":1800000000,"exp":1800000900}`), time.Time{}, 15 * time.Minute},
		"clock behind":      {authtest.Token(`{"iat":1800000600,"exp":1800001500}`), time.Time{}, 15 * time.Minute},
		"date, no iat":      {authtest.Token(`{"exp":1800001500}`), time.Unix(now+600, 0), 15 * time.Minute},
		"neither":           {authtest.Token(`{"exp":1800000900}`), time.Time{}, 15 * time.Minute},
		"short":             {authtest.Token(`{"iat":1800000000,"exp":1800000060}`), time.Time{}, time.Minute},
		"no exp":            {authtest.Token(`{"iat":1800000000}`), time.Time{}, assumedLife},
		"past exp":          {authtest.Token(`{"iat":1800000000,"exp":1799999000}`), time.Time{}, assumedLife},
		"exp at once":       {authtest.Token(`{"iat":1800000000,"exp":1800000001}`), time.Time{}, assumedLife},
		"text exp":          {authtest.Token(`{"exp":"1800000900"}`), time.Time{}, assumedLife},
		"null exp":          {authtest.Token(`{"exp":null}`), time.Time{}, assumedLife},
		"milliseconds":      {authtest.Token(`{"iat":1800000000000,"exp":1800000900000}`), time.Time{}, MaxLife},
		"absurd exp":        {authtest.Token(`{"exp":1e300}`), time.Time{}, MaxLife},
		"out of range":      {authtest.Token(`{"exp":1e999}`), time.Time{}, assumedLife},
		"negative":          {authtest.Token(`{"iat":-5,"exp":-1}`), time.Time{}, assumedLife},
		"opaque":            {"abcdef", time.Time{}, assumedLife},
		"two parts":         {"a.b", time.Time{}, assumedLife},
		"four parts":        {"a.b.c.d", time.Time{}, assumedLife},
		"not base64":        {"a.$$$.c", time.Time{}, assumedLife},
		"not JSON":          {"a.YWJj.c", time.Time{}, assumedLife},
		"array of claims":   {authtest.Token(`[1]`), time.Time{}, assumedLife},
		"padded base64":     {"a.eyJpYXQiOjE4MDAwMDAwMDAsImV4cCI6MTgwMDAwMDkwMH0=.c", time.Time{}, 15 * time.Minute},
		"empty":             {"", time.Time{}, assumedLife},
		"unsigned, as none": {authtest.Token(`{"iat":1800000000,"exp":1800000900}`) + "", time.Time{}, 15 * time.Minute},
	} {
		if got := Life(c.token, c.date, issuedAt); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// FuzzTokenLife: whatever a token says, its life is neither absurd nor nothing.
func FuzzTokenLife(f *testing.F) {
	for _, claims := range []string{`{"iat":1800000000,"exp":1800000900}`, `{"exp":1e308}`, `{"exp":-1e308,"iat":1e308}`, `{"exp":null}`, `[]`, ``} {
		f.Add(authtest.Token(claims), int64(1_800_000_000))
	}
	f.Add("..", int64(0))
	f.Add("a.eyJleHAiOjF9.c", int64(-62135596800))
	f.Fuzz(func(t *testing.T, token string, date int64) {
		life := Life(token, time.Unix(date, 0), issuedAt)
		if life < MinLife || life > MaxLife {
			t.Errorf("%q at %d lives %v", token, date, life)
		}
	})
}
