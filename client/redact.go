package client

import (
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// maxMessage is how much of the API's own words goes into an error.
const maxMessage = 200

// redacted makes the API's words fit for an error: short, and without a secret
// that the API may have sent back.
func redacted(s string, secrets ...string) string {
	return cut(insights.Clean(redact.Text(s, secrets...)), maxMessage)
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
