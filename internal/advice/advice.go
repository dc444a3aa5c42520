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
		return "The call budget is too small: see --api.requests-per-minute."
	case failed.Status == 0 && errors.Is(err, insights.ErrCredential):
		return "" // a file that cannot be read
	case failed.Status == 0:
		return unreached(err)
	case failed.Status == http.StatusTooManyRequests:
		return "The API limits the calls from this machine's address. Wait a minute, find out who else calls it from the same address, and try again."
	case errors.Is(err, insights.ErrCredential) && failed.Status == http.StatusForbidden:
		return "Give the service account a role on this tenant, such as View Only Administrator. With an API key, the API may block this machine's address."
	case errors.Is(err, insights.ErrCredential):
		return "Check the tenant ID, the region and the credential. If somebody generated a new one, write it to the file."
	case insights.NotPermitted(err):
		return "The credential's role cannot read this resource, although it can read others. Its metrics are missing until the credential has a role with access."
	case errors.Is(err, insights.ErrForbidden):
		return "Give the credential a role that can read this."
	case errors.Is(err, insights.ErrMalformed):
		return "The answer does not come from the API: check the base URL, the path and the proxy."
	case errors.Is(err, insights.ErrUnavailable):
		return "The vendor's API has a problem: try again, and check the vendor's status page."
	}
	return unexpected
}

const unexpected = "This is unexpected. Please open an issue with the lines above."

// unreached is what to do where there was no answer at all.
func unreached(err error) string {
	if _, ok := errors.AsType[*network.ProxyRefusal](err); ok {
		return ""
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "proxyconnect" {
		return "Check proxy_url or HTTPS_PROXY, and whether the proxy is running and reachable."
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		if name.IsNotFound {
			return "DNS does not know this host name: check the region or the base URL, and the DNS servers of this machine."
		}
		return "The DNS servers of this machine do not answer: check its network."
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "The certificate belongs to another host: check the base URL, and whether a proxy or firewall intercepts TLS."
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "The certificate is not valid at this machine's time: check the clock."
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "The certificate is not signed by a trusted CA. If a proxy or firewall intercepts TLS, set ca_file to the file with its CA certificate."
	}
	return "Check the region or the base URL, the network, the proxy and the firewall, and try again."
}
