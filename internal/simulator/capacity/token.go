package capacity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// A Company says what one company is.
type Company struct {
	// Name tells the companies apart, on the page and in the methods. The API knows a company by its token.
	Name string
	// TokenFile, if given, is where WriteToken puts the token.
	TokenFile string
	// V1 gives the company the first form of the API in place of the second.
	V1 bool
}

func (c Company) version() string {
	if c.V1 {
		return "v1"
	}
	return "v2"
}

// company is a Company with its token.
type company struct {
	Company
	now    func() time.Time
	secret []byte

	mu      sync.Mutex
	token   string
	number  int
	created time.Time
}

func newCompany(c Company, now func() time.Time) *company {
	made := &company{Company: c, now: now, secret: make([]byte, sha512.Size)}
	// crypto/rand does not fail: it ends the process instead.
	_, _ = rand.Read(made.secret)
	made.generateToken()
	return made
}

// claims of a token. There is no exp: a token lives until the next one is made.
type claims struct {
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	Number   string   `json:"number"`
	Created  int64    `json:"created"`
	Roles    []string `json:"roles"`
}

func (c *company) generateToken() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	c.created = c.now()
	c.token = c.sign(claims{
		Subject: c.Name, Audience: "shipper-api", Number: strconv.Itoa(c.number), Created: c.created.UnixMilli(),
		Roles: []string{"ROLE_SHIPPER_API_USER"},
	})
	return c.token
}

func (c *company) sign(its claims) string {
	base64url := base64.RawURLEncoding
	// A struct of strings and integers always encodes.
	payload, _ := json.Marshal(its)
	signed := base64url.EncodeToString([]byte(`{"alg":"HS512"}`)) + "." + base64url.EncodeToString(payload)
	h := hmac.New(sha512.New, c.secret)
	h.Write([]byte(signed))
	return signed + "." + base64url.EncodeToString(h.Sum(nil))
}

func (c *company) activeToken() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

// accepts needs no look at the signature: the token that is active is the only one that works.
func (c *company) accepts(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(c.activeToken())) == 1
}

// writeToken replaces the file in one step: a reader sees the old token or the new one, never half of one. It holds the
// lock, so that of two that write at once none leaves an old token behind.
func (c *company) writeToken() error {
	if c.TokenFile == "" {
		return errors.New("the company has no token file")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := os.CreateTemp(filepath.Dir(c.TokenFile), ".token-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(c.token + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), c.TokenFile)
}
