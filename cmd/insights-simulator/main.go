// Command insights-simulator serves an Insights API with made-up tenants, for people without a tenant and for tests.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

func main() { os.Exit(run(os.Args[1:])) }

// settings are the flags.
type settings struct {
	listen    string
	remote    bool
	tenants   int
	providers int
	size      simulator.Size
	speed     float64
	keyDir    string
	api       string
}

func parse(args []string) (settings, error) {
	var s settings
	d := simulator.DemoSize
	app := kingpin.New("insights-simulator", "A simulated Insights API with made-up tenants. It serves versions 1.0, 2.0 and 3.0 at the same time.")
	app.HelpFlag.Short('h')
	app.Flag("listen", "Address to listen on.").Default("127.0.0.1:10059").StringVar(&s.listen)
	app.Flag("listen-beyond-loopback", "Allow an address that other machines can reach. The simulator has no access control: anybody who reaches it can generate keys.").BoolVar(&s.remote)
	app.Flag("tenants", "Number of tenants.").Default("1").IntVar(&s.tenants)
	app.Flag("providers", "Number of providers: Tenant Service Groups (TSGs) below which the exporter can discover tenants. If there are several, the first one is the parent of the others, and the tenants are below those.").Default("0").IntVar(&s.providers)
	app.Flag("locations", "Number of locations of each tenant.").Default(fmt.Sprint(d.Locations)).IntVar(&s.size.Locations)
	app.Flag("remote-networks", "Number of remote networks of each tenant.").Default(fmt.Sprint(d.RemoteNetworks)).IntVar(&s.size.RemoteNetworks)
	app.Flag("service-connections", "Number of service connections of each tenant.").Default(fmt.Sprint(d.ServiceConnections)).IntVar(&s.size.ServiceConnections)
	app.Flag("tunnels", "Number of tunnels of each tenant.").Default(fmt.Sprint(d.Tunnels)).IntVar(&s.size.Tunnels)
	app.Flag("users", "Number of mobile users of each tenant.").Default(fmt.Sprint(d.Users)).IntVar(&s.size.Users)
	app.Flag("alerts", "Usual number of open alerts of each tenant.").Default(fmt.Sprint(d.Alerts)).IntVar(&s.size.Alerts)
	app.Flag("speed", "Speed of the simulation, as a multiple of real time.").Default("1").Float64Var(&s.speed)
	app.Flag("key-dir", "Directory for the files with API keys (one per tenant) and client secrets (one per tenant and provider). Defaults to a temporary directory.").StringVar(&s.keyDir)
	app.Flag("api", "API version of the exporter flags that the simulator prints when it starts: v1, v2 or v3.").Default("v1").EnumVar(&s.api, "v1", "v2", "v3")
	if _, err := app.Parse(args); err != nil {
		return s, err
	}
	if s.tenants < 1 {
		return s, errors.New("--tenants must be at least 1")
	}
	if s.providers < 0 {
		return s, errors.New("--providers must be at least 0")
	}
	return s, nil
}

func run(args []string) int {
	s, err := parse(args)
	if err == nil {
		err = serve(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "insights-simulator:", err)
		return 1
	}
	return 0
}

func serve(s settings) error {
	listener, err := listen(s)
	if err != nil {
		return err
	}
	defer listener.Close()
	if s.keyDir == "" {
		if s.keyDir, err = os.MkdirTemp("", "insights-simulator-"); err != nil {
			return err
		}
		defer os.RemoveAll(s.keyDir)
	} else if err = os.MkdirAll(s.keyDir, 0o700); err != nil {
		return err
	}
	options := simulator.Options{Tenants: tenantsOf(s), Providers: providersOf(s), Speed: s.speed}
	sim, err := simulator.New(options)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	greet(os.Stdout, s.api, listener.Addr().String(), options)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// Whoever hangs in a fault goes first; the rest gets a moment.
	sim.ClearFaults()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// listen refuses addresses that others can reach, unless told otherwise: anybody there could make keys.
func listen(s settings) (net.Listener, error) {
	address, err := net.ResolveTCPAddr("tcp", s.listen)
	if err != nil {
		return nil, err
	}
	if !s.remote && !address.IP.IsLoopback() {
		return nil, fmt.Errorf("%s is not a loopback address: to allow it, set --listen-beyond-loopback", s.listen)
	}
	return net.ListenTCP("tcp", address)
}

func tenantsOf(s settings) []simulator.Tenant {
	tenants := simulator.Fleet(s.tenants, s.size)
	if s.tenants == 1 {
		tenants[0].ID = simulator.DemoTenant
	}
	for i := range tenants {
		tenants[i].KeyFile = filepath.Join(s.keyDir, tenants[i].ID+".key")
		tenants[i].SecretFile = filepath.Join(s.keyDir, tenants[i].ID+".secret")
		if s.providers > 0 {
			tenants[i].DisplayName = fmt.Sprintf("Tenant %d", i+1)
			// Those of a single provider are its own.
			tenants[i].Parent = providerTSG(min(1+i%max(s.providers-1, 1), s.providers-1))
		}
	}
	return tenants
}

func providersOf(s settings) []simulator.Provider {
	providers := make([]simulator.Provider, s.providers)
	for i := range providers {
		tsg := providerTSG(i)
		providers[i] = simulator.Provider{
			TSG: tsg, DisplayName: fmt.Sprintf("Provider %d", i+1), ClientID: "exporter@" + tsg + ".example.com",
			SecretFile: filepath.Join(s.keyDir, tsg+".secret"),
		}
		if i > 0 {
			providers[i].Parent = providerTSG(0)
		}
	}
	return providers
}

// providerTSG is far from the TSGs of the tenants, which count from 1000000001.
func providerTSG(i int) string { return fmt.Sprintf("19%08d", i+1) }

func greet(screen io.Writer, api, address string, o simulator.Options) {
	tenants := o.Tenants
	fmt.Fprintf(screen, `Insights simulator with %d tenant(s).

Control page:             http://%s/-/
Statistics of API calls:  http://%s/-/stats

Start the exporter with:
  prisma_exporter \
    %s
`, len(tenants), address, address, strings.Join(flagsFor(api, "http://"+address, tenants[0]), " \\\n    "))
	if len(tenants) > 1 {
		last := tenants[len(tenants)-1]
		name := last.ID
		if api != "v1" {
			name = last.TSG
		}
		fmt.Fprintf(screen, "\nThe other tenants are numbered up to %s. The files with their keys are in the same directory.\n", name)
	}
	if len(o.Providers) > 0 {
		fmt.Fprintf(screen, "\nOr let the exporter discover the tenants, with this configuration file:\n\n%s", discoveryFor("http://"+address, o))
	}
	fmt.Fprintln(screen, "\nStop with Ctrl-C.")
}

// discoveryFor is a configuration file for the tenants below the first provider. The other providers are no tenants.
func discoveryFor(url string, o simulator.Options) string {
	var text strings.Builder
	first := o.Providers[0]
	// The file may be anywhere, and paths in it are seen from there.
	secret, err := filepath.Abs(first.SecretFile)
	if err != nil {
		secret = first.SecretFile
	}
	fmt.Fprintf(&text, `discovery:
  - tsg_id: %q
    client_id: %s
    client_secret_file: %q
    base_url: %s
    token_url: %[4]s/oauth2/access_token
    refresh_interval: 1m
    max_tenants: %d
`, first.TSG, first.ClientID, secret, url, len(o.Tenants))
	if below := o.Providers[1:]; len(below) > 0 {
		fmt.Fprintln(&text, "    hierarchy: true\n    exclude:")
		for _, p := range below {
			fmt.Fprintf(&text, "      - %q\n", p.TSG)
		}
	}
	fmt.Fprintln(&text, `    template:
      name: "{{.DisplayName}}"
      region: us`)
	return text.String()
}

// flagsFor are the exporter's flags for a tenant. Only 3.0 is told the region beside a base URL: it goes into a header.
func flagsFor(api, url string, t simulator.Tenant) []string {
	if api == "v1" {
		return []string{"--prisma.base-url=" + url, "--prisma.tenant-id=" + t.ID, "--prisma.api-key-file=" + t.KeyFile}
	}
	flags := []string{"--prisma.api=" + api, "--prisma.tenant-id=" + t.TSG}
	if api == "v3" {
		flags = append(flags, "--prisma.region=us")
	}
	return append(
		flags, "--prisma.base-url="+url, "--prisma.token-url="+url+"/oauth2/access_token",
		"--prisma.client-id="+t.ClientID, "--prisma.client-secret-file="+t.SecretFile,
	)
}
