package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// Credential is a kind of secret that the API gives tokens for.
type Credential int

const (
	// APIKey is a key of the Insights UI, in APIKeyFile.
	APIKey Credential = iota
	// ServiceAccount is a client ID and its secret (OAuth2).
	ServiceAccount
)

// String is what a tenant has to name.
func (c Credential) String() string {
	if c == APIKey {
		return "an api_key_file"
	}
	return "a client_id and a client_secret_file"
}

// credentialField is a field that only one kind of credential has.
type credentialField struct {
	name       string
	credential Credential
	set        func(*Tenant) bool
	unset      func(*Tenant)
}

var credentialFields = []credentialField{
	{"api_key_file", APIKey, func(t *Tenant) bool { return t.APIKeyFile != "" }, func(t *Tenant) { t.APIKeyFile = "" }},
	{"api_key_issued", APIKey, func(t *Tenant) bool { return !t.APIKeyIssued.IsZero() }, func(t *Tenant) { t.APIKeyIssued = time.Time{} }},
	{"client_id", ServiceAccount, func(t *Tenant) bool { return t.ClientID != "" }, func(t *Tenant) { t.ClientID = "" }},
	{"client_secret_file", ServiceAccount, func(t *Tenant) bool { return t.ClientSecretFile != "" }, func(t *Tenant) { t.ClientSecretFile = "" }},
	{"token_url", ServiceAccount, func(t *Tenant) bool { return t.TokenURL != "" }, func(t *Tenant) { t.TokenURL = "" }},
}

// foreign are the fields that the credential of the tenant's version has not.
func (t *Tenant) foreign() []credentialField {
	var fields []credentialField
	for _, f := range credentialFields {
		if f.credential != t.Version().Credential {
			fields = append(fields, f)
		}
	}
	return fields
}

// checkCredential checks the credential that the tenant's version has. Where
// it has another in its place, that is the one mistake.
func (t *Tenant) checkCredential(bad bad) {
	v := t.Version()
	another := false
	for _, f := range t.foreign() {
		if f.set(t) {
			another = true
			bad(f.name, "not valid with api: %s, whose credential is %s: remove it, or use api: %s", v.Name, v.Credential, versionsWith(f.credential))
		}
	}
	need := func(field, value, hint string) {
		if value == "" && !another {
			bad(field, "missing: %s", hint)
		}
	}
	switch v.Credential {
	case APIKey:
		if !idForm.MatchString(t.ID) {
			bad("tenant_id", "%s: use the ID that the Insights UI shows, letters and digits only", orNone(t.ID))
		}
		need("api_key_file", t.APIKeyFile, "give the file that contains the tenant's API key")
	case ServiceAccount:
		if !groupForm.MatchString(t.ID) {
			bad("tenant_id", "%s: with api: %s, use the ID of the Tenant Service Group (TSG), which is a number of ten digits", orNone(t.ID), v.Name)
		}
		need("client_id", t.ClientID, "use a service account of the tenant's TSG, which api: "+v.Name+" needs")
		if t.ClientID != "" && !isUser(t.ClientID) {
			bad("client_id", "%s: use the client ID of a service account, without spaces and colons", redact.Quote(t.ClientID))
		}
		need("client_secret_file", t.ClientSecretFile, "give the file that contains the service account's client secret")
		if t.TokenURL != "" {
			bad.maybe("token_url", checkURL(t.TokenURL))
		}
	}
}

// versionsWith are the versions that have a kind of credential.
func versionsWith(c Credential) string {
	var names []string
	for _, v := range Versions {
		if v.Credential == c {
			names = append(names, v.Name)
		}
	}
	return strings.Join(names, " or ")
}

// orNone is a value as errors show it.
func orNone(s string) string {
	if s == "" {
		return "missing"
	}
	return redact.Quote(s)
}

// bad notes what is wrong with a field.
type bad func(field, format string, args ...any)

// maybe notes an error, if there is one.
func (b bad) maybe(field string, err error) {
	if err != nil {
		b(field, "%w", err)
	}
}

// FieldError is what is wrong with one field of a tenant.
type FieldError struct {
	// Field is the field's name in the configuration file.
	Field string
	Err   error
	// instead is a field that takes the place of this one.
	instead string
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Err) }
func (e *FieldError) Unwrap() error { return e.Err }

// under is a field error about a field of a part.
func (e *FieldError) under(part string) *FieldError {
	under := *e
	under.Field = part + "." + e.Field
	if e.instead != "" {
		under.instead = part + "." + e.instead
	}
	return &under
}
