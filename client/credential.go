package client

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/secretfile"
)

// credential is one of the API's two ways to get a token.
type credential struct {
	// file is where the configuration has the secret.
	file func(config.Tenant) secretfile.File
	// life is how long the API documents the secret to live, 0 where it says
	// nothing.
	life time.Duration
	// request asks for a token; base is the API's URL.
	request func(t config.Tenant, base, secret string) request
	// account names who asks, where several tenants may have the same secret.
	account func(t config.Tenant, secret string) [sha256.Size]byte
	// hints say by status what to do when there is none.
	hints map[int]string
	hint  string // for all other statuses
}

// apiKey is the credential of Insights 1.0.
var apiKey = credential{
	file: func(t config.Tenant) secretfile.File { return secretfile.File{Path: t.APIKeyFile, What: "API key"} },
	life: 365 * 24 * time.Hour,
	request: func(t config.Tenant, base, key string) request {
		return request{
			url:     base + "/api/sase/v1.0/jwt/tenant/" + url.PathEscape(t.ID),
			header:  http.Header{"Authorization": {"ApiKey " + key}},
			secrets: []string{key},
		}
	},
	hints: map[int]string{
		http.StatusUnauthorized: "write the tenant's active API key into the key file, and check the tenant ID and the region",
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
var clientSecret = credential{
	account: func(t config.Tenant, secret string) [sha256.Size]byte {
		return sha256.Sum256([]byte(t.TokenURL + "\n" + t.ClientID + "\n" + secret))
	},
	file: func(t config.Tenant) secretfile.File {
		return secretfile.File{Path: t.ClientSecretFile, What: "client secret"}
	},
	request: func(t config.Tenant, _, secret string) request {
		basic := base64.StdEncoding.EncodeToString([]byte(t.ClientID + ":" + secret))
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {"tsg_id:" + t.ID}}
		return request{
			url:  cmp.Or(t.TokenURL, tokenURL),
			body: []byte(form.Encode()),
			header: http.Header{
				"Authorization": {"Basic " + basic},
				"Content-Type":  {"application/x-www-form-urlencoded"},
			},
			secrets: []string{secret, basic},
		}
	},
	hints: map[int]string{
		http.StatusBadRequest:   "check the tenant ID, which has to be the TSG ID, and that the service account belongs to that TSG or to one above it",
		http.StatusUnauthorized: "write the service account's client secret into its file, and check the client ID and the tenant ID",
		http.StatusForbidden:    "give the service account a role on this TSG that may read Insights",
		http.StatusNotFound:     "check the token URL",
	},
	hint: "check the client ID, the client secret and the tenant ID",
}

// tokenRequest is the request for a token of the tenant.
func (c *Client) tokenRequest(secret string) request {
	r := c.version.credential.request(c.tenant, c.base, secret)
	r.resource, r.urgency, r.exchange = tokenResource, insights.Alerts, true
	if account := c.version.credential.account; account != nil {
		digest := account(c.tenant, secret)
		r.account = &digest
	}
	return r
}
