package dialect

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

// Credential is one of the API's two ways to get a token.
type Credential struct {
	// File is where the configuration has the secret.
	File func(config.Tenant) secretfile.File
	// Life is how long the API documents the secret to live, 0 where it says
	// nothing.
	Life time.Duration
	// Request asks for a token; base is the API's URL.
	Request func(t config.Tenant, base, secret string) TokenRequest
	// hints say by status what to do when there is none.
	hints map[int]string
	hint  string // for all other statuses
}

// TokenRequest is a POST that asks for a token. Secrets are what must not come
// back in an error.
type TokenRequest struct {
	URL string
	// Credential names the credential, by a digest: who asks with the same is
	// told the same.
	Credential string
	Body       []byte
	Header     http.Header
	Secrets    []string
}

// Hint says what to do about a request for a token that was refused.
func (c Credential) Hint(status int) string { return cmp.Or(c.hints[status], c.hint) }

// credentials are the ways to get a token by the kind of credential.
var credentials = map[config.Credential]Credential{config.APIKey: apiKey, config.ServiceAccount: clientSecret}

// apiKey is the credential of Insights 1.0.
var apiKey = Credential{
	File: func(t config.Tenant) secretfile.File { return secretfile.File{Path: t.APIKeyFile, What: "API key"} },
	Life: 365 * 24 * time.Hour,
	Request: func(t config.Tenant, base, key string) TokenRequest {
		return TokenRequest{
			Credential: digest(t.ID, key),
			URL:        base + "/api/sase/v1.0/jwt/tenant/" + url.PathEscape(t.ID),
			Header:     http.Header{"Authorization": {"ApiKey " + key}},
			Secrets:    []string{key},
		}
	},
	hints: map[int]string{
		http.StatusUnauthorized: "write the tenant's active API key to the key file, and check the tenant ID and the region",
		http.StatusForbidden:    "either the API does not take the key for this tenant or it blocks this machine's address",
		http.StatusNotFound:     "check the tenant ID, and the region or the base URL",
	},
	hint: "check the tenant ID and the key",
}

// tokenURL is where Insights 2.0 and 3.0 have their tokens from. The vendor's
// specification has another path on the same host; this is the one that its
// text has and that clients use.
const tokenURL = "https://auth.apps.paloaltonetworks.com/oauth2/access_token" //nolint:gosec // no credential

// clientSecret is the credential of Insights 2.0 and 3.0: that of a service
// account, by OAuth2's client credentials grant (RFC 6749, section 4.4).
//
// golang.org/x/oauth2 and the oauth2 of prometheus/common know the grant, but
// not what has to be around it here: renewal before the end and off the path
// of a scrape, one flight for all who wait, another try after a 401, a secret
// that is read again when it is replaced, and the budget. They also encode
// the client ID before it goes into the header, as the RFC has it and the
// vendor's examples do not, whose IDs have an @.
var clientSecret = Credential{
	File: func(t config.Tenant) secretfile.File {
		return secretfile.File{Path: t.ClientSecretFile, What: "client secret"}
	},
	Request: func(t config.Tenant, _, secret string) TokenRequest {
		basic := base64.StdEncoding.EncodeToString([]byte(t.ClientID + ":" + secret))
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {"tsg_id:" + t.ID}}
		return TokenRequest{
			Credential: digest(t.ClientID, secret),
			URL:        cmp.Or(t.TokenURL, tokenURL),
			Body:       []byte(form.Encode()),
			Header: http.Header{
				"Authorization": {"Basic " + basic},
				"Content-Type":  {"application/x-www-form-urlencoded"},
			},
			Secrets: []string{secret, basic},
		}
	},
	hints: map[int]string{
		http.StatusBadRequest:   "check the tenant ID, which has to be the TSG ID, and that the service account belongs to that TSG or to one above it",
		http.StatusUnauthorized: "write the service account's client secret to its file, and check the client ID and the tenant ID",
		http.StatusForbidden:    "give the service account a role on this TSG that may read Insights",
		http.StatusNotFound:     "check the token URL",
	},
	hint: "check the client ID, the client secret and the tenant ID",
}

// digest names a credential without telling what it is.
func digest(id, secret string) string {
	sum := sha256.Sum256([]byte(id + "\n" + secret))
	return string(sum[:])
}
