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
		return errors.New("a user or a password may not stand in a URL, which is not shown here for this reason: write it as https://HOST")
	case strings.ContainsAny(base, "?#"):
		return errors.New("no query (?) and no fragment (#) may stand in it: write it as https://HOST, with a port and a path where they are needed")
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("%s is no URL of an API: write it as https://HOST", redact.Quote(base))
	case !isPort(u):
		return fmt.Errorf("%s has no port from 1 to 65535: write it as https://HOST or https://HOST:PORT", redact.Quote(u.Host))
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return fmt.Errorf("%s: use https, since credentials are sent there (plain http is possible to this machine alone)", redact.Quote(base))
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
