package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// checkURL refuses what is no URL of an API, and what would send a credential
// in the clear. What may hold a password is not in its error.
func checkURL(base string) error {
	u, err := url.Parse(base)
	switch {
	case strings.Contains(base, "@"):
		return errors.New("the URL must not contain a user or password (it is not shown here because of that): write it as https://HOST")
	case strings.ContainsAny(base, "?#"):
		return errors.New("the URL must not contain a query (?) or fragment (#): write it as https://HOST, with a port and path if necessary")
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("%s is not a valid API URL: write it as https://HOST", redact.Quote(base))
	case !isPort(u):
		return fmt.Errorf("%s has an invalid port: write it as https://HOST or https://HOST:PORT", redact.Quote(u.Host))
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return fmt.Errorf("%s: use https, because the exporter sends credentials there (http is only allowed for the local machine)", redact.Quote(base))
	}
	return fmt.Errorf("%s: use https", redact.Quote(base))
}

// isPort reports whether a URL has a port that can be, or none.
func isPort(u *url.URL) bool {
	if !strings.Contains(strings.TrimPrefix(u.Host, "["+u.Hostname()+"]"), ":") {
		return true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
