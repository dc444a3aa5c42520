package advice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/network"
	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// TestFor: each cause has its own advice, however deep it lies.
func TestFor(t *testing.T) {
	verification := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"missing file":      {&insights.Error{Kind: insights.ErrCredential}, ""},
		"rejected":          {&insights.Error{Kind: insights.ErrCredential, Status: 401}, "Check the tenant ID, the region and the credential"},
		"no role":           {&insights.Error{Kind: insights.ErrCredential, Status: 403}, "Give the service account a role"},
		"forbidden":         {&insights.Error{Kind: insights.ErrForbidden, Status: 403}, "Give the credential a role that can read this"},
		"too many":          {&insights.Error{Kind: insights.ErrUnavailable, Status: 429}, "limits the calls from this machine's address"},
		"server":            {&insights.Error{Kind: insights.ErrUnavailable, Status: 503}, "The vendor's API has a problem"},
		"web page":          {&insights.Error{Kind: insights.ErrMalformed, Status: 200}, "The answer does not come from the API"},
		"proxy":             {unanswered(&network.ProxyRefusal{Proxy: "p:1"}), ""},
		"proxy gone":        {unanswered(&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}), "Check proxy_url or HTTPS_PROXY"},
		"no such host":      {unanswered(&net.DNSError{IsNotFound: true}), "DNS does not know this host name"},
		"no DNS":            {unanswered(&net.DNSError{IsTimeout: true}), "The DNS servers of this machine do not answer"},
		"unknown authority": {unanswered(verification(x509.UnknownAuthorityError{})), "set ca_file to the file with its CA certificate"},
		"other host":        {unanswered(verification(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x"})), "the certificate belongs to another host"},
		"clock":             {unanswered(verification(x509.CertificateInvalidError{Reason: x509.Expired})), "check the clock"},
		"refused":           {unanswered(&net.OpError{Op: "dial", Err: errors.New("connection refused")}), "Check the region or the base URL, the network, the proxy and the firewall"},
		"timeout":           {unanswered(context.DeadlineExceeded), "Check the region or the base URL"},
		"no budget":         {&insights.Error{Kind: insights.ErrUnavailable, Err: fmt.Errorf("%w: late", insights.ErrBudget)}, "the call budget is too small"},
		"other":             {errors.New("boom"), "This is unexpected"},
	} {
		got := For(c.err)
		if (got == "") != (c.want == "") || !strings.Contains(strings.ToLower(got), strings.ToLower(c.want)) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// unanswered is an error as the client makes it.
func unanswered(cause error) error {
	return &insights.Error{Kind: insights.ErrUnavailable, Err: fmt.Errorf("%w: a hint", redact.Error(cause, "secret"))}
}
