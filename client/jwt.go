package client

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// assumedLife is how long the API documents its JWTs to live.
const assumedLife = 15 * time.Minute

// minLife and maxLife bound what a token's claims are believed.
const (
	minLife = 30 * time.Second
	maxLife = 24 * time.Hour
)

// tokenLife is how long a token that was just issued will live, by its claims.
// It compares the API's times with one another, so that a local clock that is
// wrong does not matter; now stands in where the API told no time of its own.
// Claims are read without looking at the signature: they only decide when to
// ask for the next token.
func tokenLife(token string, answered, now time.Time) time.Duration {
	var claims struct {
		IssuedAt  float64 `json:"iat"`
		ExpiresAt float64 `json:"exp"`
	}
	if !readClaims(token, &claims) || claims.ExpiresAt <= 0 {
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
	if seconds < minLife.Seconds() {
		return assumedLife // a token that is over when it is issued: the clocks are wrong, or the claim is
	}
	return time.Duration(min(seconds, maxLife.Seconds()) * float64(time.Second))
}

// readClaims reads what a token says of itself, without looking at the
// signature, and reports whether it is a JWT that says anything.
func readClaims(token string, claims any) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	return err == nil && json.Unmarshal(payload, claims) == nil
}
