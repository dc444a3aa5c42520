package capture

// plainColumns hold words of the vendor: what kind of thing something is, how
// it stands, and which of the vendor's own places it is in.
var plainColumns = []string{
	"severity", "state", "category", "code", "clear_reason", "alert_state", "errorcode", "error", "token_type", "time_range", "histogram_range",
	"edge_location_display_name", "compute_location_display_name", "compute_location", "cloud_provider", "cloud_region_name", "location_name",
	"pa_location", "user_location_country", "createdat", "function", "operator", "property",
}

// errorMembers are what an error says of itself. Of it the words with digits are
// replaced, which may be IDs.
var errorMembers = []string{"message", "details", "error_description"}

// plainSuffixes end the names of such columns.
var plainSuffixes = []string{"_state", "_state_name", "_state_instance", "_status", "_type", "_type_name", "_time", "_unit"}

// plainWords say nothing of anybody.
var plainWords = []string{
	"a", "access", "agent", "alert", "alerts", "all", "an", "and", "api", "at", "bandwidth", "bgp", "branch", "by", "client_credentials", "cloud",
	"connection", "connections", "credentials", "data", "denied", "down", "error", "exceeded", "failed", "for", "from", "gateway", "grant", "has", "have", "http", "https",
	"id", "in", "insights", "internal", "invalid", "ip", "ipsec", "is", "it", "key", "license", "limit", "list", "location", "mobile", "network",
	"networks", "no", "node", "not", "of", "on", "or", "peer", "permission", "pool", "prisma", "query", "rate", "region", "remote", "resource",
	"scope", "server", "service", "session", "site", "sites", "state", "status", "sub", "tenant", "the", "to", "token", "tsg", "tunnel", "tunnels",
	"type", "unauthorized", "unavailable", "up", "usage", "user", "users", "was", "with",
}
