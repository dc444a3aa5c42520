package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	var der []byte
	a.key, der = a.sign(template, template, nil)
	var err error
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign makes a key and its certificate, signed by itself where signer is nil.
func (a *authority) sign(template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	return key, der
}

// issue makes a server's certificate.
func (a *authority) issue(ends time.Time, ip net.IP, names ...string) *tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: ends, DNSNames: names,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if ip != nil {
		template.IPAddresses = []net.IP{ip}
	}
	key, der := a.sign(template, a.cert, a.key)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) file() string {
	path := filepath.Join(a.t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// TestFaultsOfTheConnection: what hits every endpoint at once. All collectors
// fail, all series stay, and the credential is not to blame.
func TestFaultsOfTheConnection(t *testing.T) {
	onlyReads(t)
	t.Parallel()
	ours, others := newAuthority(t), newAuthority(t)
	loopback, soon := net.IPv4(127, 0, 0, 1), time.Now().Add(time.Hour)
	good := ours.issue(soon, loopback)
	for name, c := range map[string]struct {
		certificate *tls.Certificate
		says        string
	}{
		"TLS: expired certificate": {ours.issue(time.Now().Add(-time.Hour), loopback), "certificate has expired"},
		"TLS: wrong name":          {ours.issue(soon, nil, "pa-us01.api.prismaaccess.com"), "doesn't contain any IP SANs"},
		"TLS: unknown authority":   {others.issue(soon, loopback), "certificate signed by unknown authority"},
		"connection refused":       {nil, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			var certificate atomic.Pointer[tls.Certificate]
			certificate.Store(good)
			b := newTrustBench(t, func(s *httptest.Server) {
				s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
					return &tls.Config{Certificates: []tls.Certificate{*certificate.Load()}, NextProtos: []string{"h2", "http/1.1"}}, nil
				}}
				s.EnableHTTP2 = true // which must not be taken up
				s.StartTLS()
			}, "--prisma.ca-file="+ours.file())
			b.good()
			if c.certificate == nil {
				b.api.Close()
			} else {
				certificate.Store(c.certificate)
				b.api.CloseClientConnections()
			}
			calls := b.sim.Calls()
			got := b.outcome(b.scrape(), "jwt")
			if want := noToken; got != want {
				t.Errorf("got  %s\nwant %s\n%s", got, want, b.logs.String())
			}
			if !strings.Contains(b.logs.String(), c.says) {
				t.Errorf("the log does not say %q:\n%s", c.says, b.logs.String())
			}
			for call, n := range b.sim.Calls() {
				if n != calls[call] {
					t.Errorf("a request went out over a connection that is not to be trusted: %v", call)
				}
			}
			b.noLeak("log", b.logs.String())
			t.Logf("| %s | all endpoints | %s |", name, got)
		})
	}
}
