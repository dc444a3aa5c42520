package client

import (
	"strings"

	"github.com/prisma-exporter/prisma_exporter/insights"
)

const (
	// maxMessage is how much of the API's own words goes into an error.
	maxMessage = 200
	// maxCause is how much of a cause does, such as a certificate's names.
	maxCause = 600
)

// redact makes the API's words fit for an error: short, and without a secret
// that the API may have sent back.
func redact(s string, secrets ...string) string {
	return cut(insights.Clean(hide(s, secrets)), maxMessage)
}

func hide(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[redacted]")
		}
	}
	return s
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// redacted is a cause made fit for an error: libraries quote what they were
// sent.
func redacted(err error, secrets []string) error {
	return &cause{text: cut(strings.ToValidUTF8(hide(err.Error(), secrets), "\uFFFD"), maxCause), err: err}
}

type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }
