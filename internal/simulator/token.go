package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// signer makes and checks JWTs. Its secret is its own: a token of another simulator, or of this one before a restart,
// is foreign.
type signer struct {
	secret   []byte
	lifetime time.Duration
}

func newSigner(lifetime time.Duration) signer {
	secret := make([]byte, sha256.Size)
	// crypto/rand does not fail: it ends the process instead.
	_, _ = rand.Read(secret)
	return signer{secret, lifetime}
}

// claims of a JWT. Expires is a pointer because a fault leaves it out.
type claims struct {
	Tenant     string `json:"tenant_id"`
	Issued     int64  `json:"iat"`
	Expires    *int64 `json:"exp,omitempty"`
	Generation int64  `json:"key_generation"`
	ID         string `json:"jti"`
}

var (
	base64url = base64.RawURLEncoding
	jwtHeader = base64url.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

	errForeignToken = errors.New("Jwt verification fails")
	errExpiredToken = errors.New("Jwt is expired")
)

func (s signer) sign(c claims) string {
	// A struct of strings and integers always encodes.
	payload, _ := json.Marshal(c)
	signed := jwtHeader + "." + base64url.EncodeToString(payload)
	return signed + "." + base64url.EncodeToString(s.mac(signed))
}

func (s signer) mac(signed string) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte(signed))
	return h.Sum(nil)
}

// read checks a token's signature and its life.
func (s signer) read(token string, now time.Time) (claims, error) {
	cut := strings.LastIndexByte(token, '.')
	if cut < 0 || !strings.HasPrefix(token, jwtHeader+".") {
		return claims{}, errForeignToken
	}
	signature, err := base64url.DecodeString(token[cut+1:])
	if err != nil || !hmac.Equal(signature, s.mac(token[:cut])) {
		return claims{}, errForeignToken
	}
	payload, err := base64url.DecodeString(token[len(jwtHeader)+1 : cut])
	var c claims
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}, errForeignToken
	}
	end := time.Unix(c.Issued, 0).Add(s.lifetime)
	if c.Expires != nil {
		end = time.Unix(*c.Expires, 0)
	}
	if !now.Before(end) {
		return claims{}, errExpiredToken
	}
	return c, nil
}

// serveToken exchanges a key for a JWT.
func (s *Simulator) serveToken(w http.ResponseWriter, r *http.Request, to route, f *Fault) {
	t := s.tenants[to.tenant]
	key, isKey := strings.CutPrefix(r.Header.Get("Authorization"), "ApiKey ")
	if t == nil || !isKey {
		unauthorized(w, "Unauthorized")
		return
	}
	generation, ok := t.accepts(key)
	if !ok {
		unauthorized(w, "Unauthorized")
		return
	}
	// The JWT counts in whole seconds; it never lives longer than it says.
	issued := s.clock.now().Unix()
	expires := issued + int64(s.tokens.lifetime/time.Second)
	c := claims{Tenant: t.ID, Issued: issued, Expires: &expires, Generation: generation, ID: rand.Text()}
	token := ""
	switch f.kind() {
	case TokenWithoutExpiry:
		c.Expires = nil
	case TokenExpired:
		past := issued - 60
		c.Expires = &past
	case TokenOpaque:
		token = t.issueOpaque(time.Unix(expires, 0))
	}
	if token == "" {
		token = s.tokens.sign(c)
	}
	answer := newAnswer(map[string]string{"token": token})
	answer.write(w, r, f)
}

// issueOpaque makes a token that is no JWT but works.
func (t *tenant) issueOpaque(expires time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opaqueTokens == nil {
		t.opaqueTokens = make(map[string]time.Time)
	}
	token := rand.Text()
	t.opaqueTokens[token] = expires
	return token
}

func (t *tenant) knowsOpaque(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	expires, known := t.opaqueTokens[token]
	return known && now.Before(expires)
}

// unauthorized answers without a JSON body: the API documents none for a 401.
func unauthorized(w http.ResponseWriter, text string) {
	http.Error(w, text, http.StatusUnauthorized)
}

// admit finds the tenant whose token a query carries. It has answered when it returns nil.
func (s *Simulator) admit(w http.ResponseWriter, r *http.Request, to route) *tenant {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		unauthorized(w, "Unauthorized")
		return nil
	}
	target := s.tenants[to.tenant]
	now := s.clock.now()
	if target != nil && target.knowsOpaque(token, now) {
		return target
	}
	c, err := s.tokens.read(token, now)
	if err != nil {
		unauthorized(w, err.Error())
		return nil
	}
	owner := s.tenants[c.Tenant]
	if owner == nil || !owner.honours(c.Generation) {
		unauthorized(w, errForeignToken.Error())
		return nil
	}
	if owner != target {
		permissionDenied(to.tenant).write(w)
		return nil
	}
	return owner
}

// honours tells whether tokens that a key of this generation got still work.
func (t *tenant) honours(generation int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.outlive || generation == t.generation
}
