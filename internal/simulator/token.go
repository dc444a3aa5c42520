package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// signer makes and checks tokens. Its secret is its own: a token of another simulator, or of this one before a restart,
// is foreign.
type signer struct {
	secret   []byte
	lifetime time.Duration

	// mu guards the tokens that say nothing by themselves.
	mu     sync.Mutex
	opaque map[string]claims
}

func newSigner(lifetime time.Duration) *signer {
	secret := make([]byte, sha256.Size)
	// crypto/rand does not fail: it ends the process instead.
	_, _ = rand.Read(secret)
	return &signer{secret: secret, lifetime: lifetime, opaque: make(map[string]claims)}
}

// claims of a token. It is for a tenant of version 1.0 or for a TSG, never both; Account is the TSG whose service account
// asked for it. Expires is a pointer because a fault leaves it out.
type claims struct {
	Tenant     string `json:"tenant_id,omitempty"`
	TSG        string `json:"tsg_id,omitempty"`
	Account    string `json:"account,omitempty"`
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

// issue makes a token of what it is for, and tells the seconds that it lives, which a fault leaves out.
func (s *signer) issue(c claims, now time.Time, kind FaultKind) (token string, life *int64) {
	// Tokens count in whole seconds; they never live longer than they say.
	seconds := int64(s.lifetime / time.Second)
	expires := now.Unix() + seconds
	c.Issued, c.Expires, c.ID = now.Unix(), &expires, rand.Text()
	switch kind {
	case TokenWithoutExpiry:
		c.Expires = nil
		return s.sign(c), nil
	case TokenExpired:
		seconds, expires = 0, c.Issued-60
	case TokenOpaque:
		return s.keep(c, now), &seconds
	}
	return s.sign(c), &seconds
}

// keep makes a token that is no JWT but works, and forgets those that are over.
func (s *signer) keep(c claims, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.opaque, func(_ string, old claims) bool { return !s.alive(old, now) })
	s.opaque[c.ID] = c
	return c.ID
}

func (s *signer) alive(c claims, now time.Time) bool {
	end := time.Unix(c.Issued, 0).Add(s.lifetime)
	if c.Expires != nil {
		end = time.Unix(*c.Expires, 0)
	}
	return now.Before(end)
}

func (s *signer) sign(c claims) string {
	// A struct of strings and integers always encodes.
	payload, _ := json.Marshal(c)
	signed := jwtHeader + "." + base64url.EncodeToString(payload)
	return signed + "." + base64url.EncodeToString(s.mac(signed))
}

func (s *signer) mac(signed string) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte(signed))
	return h.Sum(nil)
}

// read checks a token's signature and its life.
func (s *signer) read(token string, now time.Time) (claims, error) {
	c, known := s.decode(token)
	if !known {
		return claims{}, errForeignToken
	}
	if !s.alive(c, now) {
		return claims{}, errExpiredToken
	}
	return c, nil
}

func (s *signer) decode(token string) (c claims, known bool) {
	s.mu.Lock()
	c, known = s.opaque[token]
	s.mu.Unlock()
	if known {
		return c, true
	}
	cut := strings.LastIndexByte(token, '.')
	if cut < 0 || !strings.HasPrefix(token, jwtHeader+".") {
		return claims{}, false
	}
	signature, err := base64url.DecodeString(token[cut+1:])
	if err != nil || !hmac.Equal(signature, s.mac(token[:cut])) {
		return claims{}, false
	}
	payload, err := base64url.DecodeString(token[len(jwtHeader)+1 : cut])
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}, false
	}
	return c, true
}

// serveToken exchanges a key for a JWT.
func (s *Simulator) serveToken(w http.ResponseWriter, r *http.Request, to route, f *Fault) {
	t := s.tenant(to.tenant)
	key, isKey := strings.CutPrefix(r.Header.Get("Authorization"), "ApiKey ")
	if t == nil || !isKey {
		unauthorized(w, "Unauthorized")
		return
	}
	generation, ok := t.key.accepts(key)
	if !ok {
		unauthorized(w, "Unauthorized")
		return
	}
	token, _ := s.tokens.issue(claims{Tenant: t.ID, Generation: generation}, s.clock.now(), f.kind())
	newAnswer(map[string]string{"token": token}).write(w, r, f)
}

// unauthorized answers without a JSON body: the API documents none for a 401.
func unauthorized(w http.ResponseWriter, text string) {
	http.Error(w, text, http.StatusUnauthorized)
}

// bearer is what the token of a call says, as long as whoever it is for is there and what got it is honoured. An OAuth2
// token is foreign where a key's is asked for, and the other way round. It has answered when ok is false.
func (s *Simulator) bearer(w http.ResponseWriter, r *http.Request, oauth bool) (c claims, ok bool) {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		unauthorized(w, "Unauthorized")
		return c, false
	}
	c, err := s.tokens.read(token, s.clock.now())
	if err == nil && (oauth != (c.TSG != "") || !s.honours(c)) {
		err = errForeignToken
	}
	if err != nil {
		unauthorized(w, err.Error())
	}
	return c, err == nil
}

func (s *Simulator) honours(c claims) bool {
	if c.TSG == "" {
		t := s.tenant(c.Tenant)
		return t != nil && t.key.honours(c.Generation)
	}
	a := s.account(c.Account)
	return a != nil && a.secret.honours(c.Generation) && s.reaches(a, c.TSG)
}

// admit finds the tenant whose token a query carries. It has answered when it returns nil.
func (s *Simulator) admit(w http.ResponseWriter, r *http.Request, to route) *tenant {
	v := to.version
	c, ok := s.bearer(w, r, v.oauth)
	if !ok {
		return nil
	}
	owner := c.Tenant
	if v.oauth {
		owner = c.TSG
	}
	t := s.tenantOf(owner)
	if t == nil || to.tenant != owner {
		v.language.refuse(permissionDenied(to.tenant), w)
		return nil
	}
	return t
}
