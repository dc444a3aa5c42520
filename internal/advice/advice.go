// Package advice says what to do about a request that failed.
package advice

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/network"
)

// For is what to do about an error of the API's client, or "" where the error
// says so itself. It is in the words of a configuration file; a flag of the
// same name has prisma. in front.
func For(err error) string {
	var failed *insights.Error
	if !errors.As(err, &failed) {
		return unexpected
	}
	switch {
	case errors.Is(err, insights.ErrBudget):
		return "There are more calls to make than the budget has: see --api.requests-per-minute."
	case failed.Status == 0 && errors.Is(err, insights.ErrCredential):
		return "" // a file that cannot be read
	case failed.Status == 0:
		return unreached(err)
	case failed.Status == http.StatusTooManyRequests:
		return "The API counts the calls of this machine's address. Wait a minute, look for others behind the same address, and try again."
	case errors.Is(err, insights.ErrCredential) && failed.Status == http.StatusForbidden:
		return "Give the service account a role on this tenant, such as View Only Administrator. With an API key, the API may block this machine's address."
	case errors.Is(err, insights.ErrCredential):
		return "Check the tenant ID, the region and the credential; if somebody made a new one, put it into the file."
	case insights.NotPermitted(err):
		return "The credential's role may not read this resource, though it may read others. Its metrics will be missing until the credential has a role that may."
	case errors.Is(err, insights.ErrForbidden):
		return "Give the credential a role that may read this."
	case errors.Is(err, insights.ErrMalformed):
		return "What answers is not the API: check the base URL, the path and the proxy."
	case errors.Is(err, insights.ErrUnavailable):
		return "The vendor's API has trouble: try again, and look at the vendor's status page."
	}
	return unexpected
}

const unexpected = "This is not expected. Please open an issue with the lines above."

// unreached is what to do where there was no answer at all.
func unreached(err error) string {
	if _, ok := errors.AsType[*network.ProxyRefusal](err); ok {
		return ""
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "proxyconnect" {
		return "Check proxy_url, or HTTPS_PROXY, and that the proxy runs and may be reached."
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		if name.IsNotFound {
			return "Nobody knows a host of this name: check the region or the base URL, and the DNS servers of this machine."
		}
		return "The DNS servers of this machine do not answer: check its network."
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "The certificate is that of another host: check the base URL, and what opens TLS on the way."
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "Check the clock of this machine: the certificate is not valid at its time."
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "Nobody trusted vouches for the certificate. Where something on the way opens TLS, name the file with its CA: ca_file."
	}
	return "Check the region or the base URL, the network, the proxy and the firewall, and try again."
}
