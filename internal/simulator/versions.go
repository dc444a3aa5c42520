package simulator

import "net/http"

// A version is what one of the API's versions asks of a caller beside the body of a query.
type version struct {
	name string
	// head is what the paths of its queries begin with. The tenant's ID follows where tenantInPath is set.
	head         string
	tenantInPath bool
	// oauth versions take the tokens of the OAuth2 call and know tenants by their TSG. The others take those that an
	// API key is exchanged for, and know tenants by their own ID. Neither works for the other.
	oauth bool
	// region and tenant are about the headers X-PANW-Region and Prisma-Tenant.
	region headerRule
	tenant headerRule
	// language is how it reads bodies and says no.
	language *language
	// resources are what can be queried, by name. No two of a version share a name.
	resources map[string]*resource
}

type headerRule int

const (
	forbidden headerRule = iota
	optional
	required
)

// The versions, side by side. Prisma-Tenant is TENANT or TENANT:SUB everywhere, and Prisma-SubTenant is another way to
// say SUB: documented for 1.0 and 2.0, sent on 3.0 by one client that works.
var (
	version1 = &version{
		name: "1.0", head: "/api/sase/v1.0/resource/tenant/", tenantInPath: true,
		region: forbidden, tenant: optional, language: language1, resources: resources,
	}
	version2 = &version{
		name: "2.0", head: "/api/sase/v2.0/resource/", oauth: true,
		region: forbidden, tenant: required, language: language1, resources: resources,
	}
	version3 = &version{
		name: "3.0", head: "/insights/v3.0/resource/", oauth: true,
		region: required, tenant: optional, language: language3, resources: resources3,
	}
	versions = []*version{version1, version2, version3}
)

// A language is how a query's body is read and refused.
type language struct {
	// anyColumns lets "properties" be left out, or be ["*"], for all columns of any resource. Otherwise only custom
	// resources may go without, as in the vendor's samples; general ones are tables and want to be told.
	anyColumns bool
	// integerSteps wants a histogram's value as an integer; otherwise it may be a string too.
	integerSteps bool
	// timeRules have to be there on timed resources.
	timeRules bool
	// named answers carry the resource's name in their header.
	named bool
	// refuse writes an error.
	refuse func(r *refusal, w http.ResponseWriter)
}

// The languages: 1.0 and 2.0 share theirs.
var (
	language1 = &language{refuse: (*refusal).write}
	language3 = &language{anyColumns: true, integerSteps: true, timeRules: true, named: true, refuse: (*refusal).writeShort}
)

// regions are the words of X-PANW-Region.
var regions = []string{"americas", "europe", "uk", "sg", "ca", "jp", "au", "de", "in"}

// The paths beside the queries: tokens for an API key, tokens for a client secret, and the tenants below a TSG.
const (
	keyTokenHead   = "/api/sase/v1.0/jwt/tenant/"
	oauthTokenPath = "/oauth2/access_token"
	tenancyHead    = "/tenancy/v1/tenant_service_groups/"
)
