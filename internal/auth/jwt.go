package auth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// assumedLife is how long the API documents its JWTs to live.
const assumedLife = 15 * time.Minute

// MinLife and MaxLife bound what is believed of how long a token lives.
const (
	MinLife = 30 * time.Second
	MaxLife = 24 * time.Hour
)

// Life is how long a token that was just issued will live, by its claims.
// It compares the API's times with one another, so that a local clock that is
// wrong does not matter; now stands in where the API told no time of its own.
// Claims are read without looking at the signature: they only decide when to
// ask for the next token.
func Life(token string, answered, now time.Time) time.Duration {
	var claims struct {
		IssuedAt  float64 `json:"iat"`
		ExpiresAt float64 `json:"exp"`
	}
	if !ReadClaims(token, &claims) || claims.ExpiresAt <= 0 {
		return assumedLife
	}
	issued := float64(now.Unix())
	switch {
	case claims.IssuedAt > 0:
		issued = claims.IssuedAt
	case !answered.IsZero():
		issued = float64(answered.Unix())
	}
	seconds := claims.ExpiresAt - issued
	if seconds < MinLife.Seconds() {
		return assumedLife // a token that is over when it is issued: the clocks are wrong, or the claim is
	}
	return time.Duration(min(seconds, MaxLife.Seconds()) * float64(time.Second))
}

// ReadClaims reads what a token says of itself, without looking at the
// signature, and reports whether it is a JWT that says anything.
func ReadClaims(token string, claims any) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	return err == nil && json.Unmarshal(payload, claims) == nil
}
