// Package demo runs simulated APIs in this process, for a look at the exporter
// without a tenant or a key.
package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator/capacity"
	"github.com/prisma-exporter/prisma_exporter/internal/simulator/servicestatus"
)

// Demo is a simulated Insights API and a simulated capacity platform in this
// process, which the exporter asks over HTTP as it would ask the real ones.
type Demo struct {
	tenants  []config.Tenant
	company  config.Company
	address  string // of the APIs
	api      *simulator.Simulator
	platform *capacity.Simulator
	server   *http.Server
	keys     string // directory of the key files
}

// Company is the name of the company on the capacity platform.
const Company = "demo-gas"

// Options are how the demo is shown.
type Options struct {
	// API is the version of the Insights API that the exporter goes through.
	API string
	// Screen is told what there is to see, unless it is nil.
	Screen io.Writer
	// Addresses are those that the exporter listens at.
	Addresses []string
	// RoutePrefix is before all routes, and TelemetryPath that of the metrics.
	RoutePrefix, TelemetryPath string
}

// Start starts the APIs and tells on screen what there is to see.
func Start(o Options) (*Demo, error) {
	keys, err := os.MkdirTemp("", "prisma_exporter-demo-")
	if err != nil {
		return nil, err
	}
	d := &Demo{keys: keys}
	options := simulator.Demo()
	for i, t := range options.Tenants {
		options.Tenants[i].KeyFile = filepath.Join(keys, t.ID+".key")
		options.Tenants[i].SecretFile = filepath.Join(keys, t.ID+".secret")
	}
	sim, err := simulator.New(options)
	if err != nil {
		d.Close()
		return nil, err
	}
	platform, company, err := newPlatform(keys)
	if err != nil {
		d.Close()
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		d.Close()
		return nil, err
	}
	api := "http://" + listener.Addr().String()
	d.address, d.api, d.platform = api, sim, platform
	d.server = &http.Server{Handler: besides(sim, platform), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(listener) }() // ends with Close
	for _, t := range options.Tenants {
		d.tenants = append(d.tenants, demoTenant(t, o.API, api))
	}
	company.BaseURL = api
	d.company = company
	if o.Screen != nil {
		d.tell(o, api)
	}
	return d, nil
}

// newPlatform is a capacity platform with one company, and how to ask for
// that, but for the address.
func newPlatform(dir string) (*capacity.Simulator, config.Company, error) {
	c := config.Company{
		Name: Company, TokenFile: filepath.Join(dir, Company+".token"), HTTP: config.HTTPDefaults(), Resources: map[string]string{},
	}
	for _, name := range []string{"auction-booking", "fcfs-booking", "confirmed-secondary-trade", "auction-calendar"} {
		c.Resources[name] = "api/v2/" + name
	}
	platform, err := capacity.New(capacity.Options{Companies: []capacity.Company{{Name: c.Name, TokenFile: c.TokenFile}}})
	return platform, c, err
}

// besides has the capacity platform and the service status page answer beside
// Insights, whose paths are others.
func besides(insights, platform http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", insights)
	mux.Handle("/service-status/", http.StripPrefix("/service-status", servicestatus.New(servicestatus.Options{})))
	for _, path := range []string{"/api/v1/", "/api/v2/", "/-/capacity/"} {
		mux.Handle(path, platform)
	}
	return mux
}

// demoTenant is how to ask for a tenant of the demo through a version of the
// API. It has the same name in all of them.
func demoTenant(t simulator.Tenant, version, api string) config.Tenant {
	tenant := config.Tenant{Name: t.ID, API: version, BaseURL: api, HTTP: config.HTTPDefaults(), Paths: map[string]string{}}
	if version == config.V1 {
		tenant.ID, tenant.APIKeyFile = t.ID, t.KeyFile
		return tenant
	}
	tenant.ID, tenant.ClientID, tenant.ClientSecretFile = t.TSG, t.ClientID, t.SecretFile
	tenant.TokenURL = api + "/oauth2/access_token"
	if version == config.V3 {
		tenant.Region = "us"
	}
	return tenant
}

const screen = `
  prisma_exporter runs against a simulated Prisma Access tenant and a simulated
  company on the capacity platform.

    the exporter's status page:
      %s/
    its metrics, as Prometheus scrapes them:
      %s%s
    the simulated API, to raise and clear alerts and to generate a new key:
      %s/-/
    the simulated capacity platform, to generate a new token:
      %s/-/capacity/

  Credential of the tenant: %s
  Token of the company: %s
  For a real tenant, see the README. Stop with Ctrl-C.

`

func (d *Demo) tell(o Options, api string) {
	own := "http://localhost:10058"
	if len(o.Addresses) > 0 {
		if host, port, err := net.SplitHostPort(o.Addresses[0]); err == nil {
			if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
				host = "localhost"
			}
			own = "http://" + net.JoinHostPort(host, port)
		}
	}
	own += o.RoutePrefix
	fmt.Fprintf(o.Screen, screen, own, own, o.TelemetryPath, api, api,
		cmp.Or(d.tenants[0].APIKeyFile, d.tenants[0].ClientSecretFile), d.company.TokenFile)
}

// Read is the configuration of the demo.
func (d *Demo) Read() (*config.Config, error) {
	return &config.Config{Tenants: d.tenants, Companies: []config.Company{d.company}}, nil
}

// ServiceStatusURL is where the demo's service status page has its API.
func (d *Demo) ServiceStatusURL() string { return d.address + "/service-status/api/v2" }

// Close ends the APIs.
func (d *Demo) Close() {
	if d.server != nil {
		d.api.ClearFaults() // some of them hold a request until they end
		d.platform.ClearFaults()
		_ = d.server.Close()
	}
	_ = os.RemoveAll(d.keys)
}
