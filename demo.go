package main

import (
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
)

// demo is a simulated Insights API in this process, which the exporter asks
// over HTTP as it would ask the real one.
type demo struct {
	tenants []config.Tenant
	api     *simulator.Simulator
	server  *http.Server
	keys    string // directory of the key files
}

// startDemo starts the API and tells on screen what there is to see.
func startDemo(f *flags, screen io.Writer) (*demo, error) {
	keys, err := os.MkdirTemp("", "prisma_exporter-demo-")
	if err != nil {
		return nil, err
	}
	d := &demo{keys: keys}
	options := simulator.Demo()
	for i, t := range options.Tenants {
		options.Tenants[i].KeyFile = filepath.Join(keys, t.ID+".key")
	}
	sim, err := simulator.New(options)
	if err != nil {
		d.stop()
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		d.stop()
		return nil, err
	}
	api := "http://" + listener.Addr().String()
	d.api = sim
	d.server = &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(listener) }() // ends with stop
	for _, t := range options.Tenants {
		d.tenants = append(d.tenants, config.Tenant{
			Name: t.ID, ID: t.ID, BaseURL: api, APIKeyFile: t.KeyFile, HTTP: config.HTTPDefaults(), Paths: map[string]string{},
		})
	}
	if !f.check {
		d.tell(f, screen, api)
	}
	return d, nil
}

const demoScreen = `
  prisma_exporter runs against a simulated Prisma Access tenant.

    %s     the exporter
    %s%s     its metrics, as Prometheus sees them
    %s/-/     the simulated API: raise and clear alerts, make a new key

  Key file of the tenant: %s
  For a real tenant, see the README. Stop with Ctrl-C.

`

func (d *demo) tell(f *flags, screen io.Writer, api string) {
	own := "http://localhost:10058"
	if addresses := *f.web.WebListenAddresses; len(addresses) > 0 {
		if host, port, err := net.SplitHostPort(addresses[0]); err == nil {
			if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
				host = "localhost"
			}
			own = "http://" + net.JoinHostPort(host, port)
		}
	}
	fmt.Fprintf(screen, demoScreen, own, own, f.telemetryPath, api, d.tenants[0].APIKeyFile)
}

// read is the configuration of the demo.
func (d *demo) read() (*config.Config, error) { return &config.Config{Tenants: d.tenants}, nil }

func (d *demo) stop() {
	if d.server != nil {
		d.api.ClearFaults() // some of them hold a request until they end
		_ = d.server.Close()
	}
	_ = os.RemoveAll(d.keys)
}
