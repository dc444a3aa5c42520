package config

import (
	"fmt"
	"net"
	"net/url"
)

// validateURL refuses what would send a credential in the clear.
func validateURL(what, base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("%s %q: write it as https://HOST", what, redactURL(base))
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s %q: only a host, a port and a path may stand in it", what, redactURL(base))
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%s %q: use https, since credentials are sent there (plain http is possible to this machine alone)", what, redactURL(base))
}

// redactURL keeps of a URL what can be shown.
func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "(not a URL)"
	}
	if u.User != nil {
		u.User = url.User("redacted")
	}
	u.RawQuery = ""
	return u.String()
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
