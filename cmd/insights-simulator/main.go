// Command insights-simulator serves an Insights 1.0 API with made-up tenants, for people without a tenant and for tests.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/prisma-exporter/prisma_exporter/internal/simulator"
)

func main() { os.Exit(run(os.Args[1:])) }

// settings are the flags.
type settings struct {
	listen  string
	remote  bool
	tenants int
	size    simulator.Size
	speed   float64
	keyDir  string
}

func parse(args []string) (settings, error) {
	var s settings
	d := simulator.DemoSize
	app := kingpin.New("insights-simulator", "An Insights 1.0 API with made-up tenants.")
	app.HelpFlag.Short('h')
	app.Flag("listen", "Address to listen on.").Default("127.0.0.1:10059").StringVar(&s.listen)
	app.Flag("listen-beyond-loopback", "Allow an address that others can reach. Nothing here is protected.").BoolVar(&s.remote)
	app.Flag("tenants", "Number of tenants.").Default("1").IntVar(&s.tenants)
	app.Flag("locations", "Locations of each tenant.").Default(fmt.Sprint(d.Locations)).IntVar(&s.size.Locations)
	app.Flag("remote-networks", "Remote networks of each tenant.").Default(fmt.Sprint(d.RemoteNetworks)).IntVar(&s.size.RemoteNetworks)
	app.Flag("service-connections", "Service connections of each tenant.").Default(fmt.Sprint(d.ServiceConnections)).IntVar(&s.size.ServiceConnections)
	app.Flag("tunnels", "Tunnels of each tenant.").Default(fmt.Sprint(d.Tunnels)).IntVar(&s.size.Tunnels)
	app.Flag("users", "Mobile users of each tenant.").Default(fmt.Sprint(d.Users)).IntVar(&s.size.Users)
	app.Flag("alerts", "Alerts of each tenant that are open most of the time.").Default(fmt.Sprint(d.Alerts)).IntVar(&s.size.Alerts)
	app.Flag("speed", "How many times faster than life things happen.").Default("1").Float64Var(&s.speed)
	app.Flag("key-dir", "Directory for the API key files, one a tenant. Default: a temporary one.").StringVar(&s.keyDir)
	if _, err := app.Parse(args); err != nil {
		return s, err
	}
	if s.tenants < 1 {
		return s, errors.New("--tenants must be at least 1")
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
	tenants := tenantsOf(s)
	sim, err := simulator.New(simulator.Options{Tenants: tenants, Speed: s.speed})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	greet(listener.Addr().String(), tenants)
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
		return nil, fmt.Errorf("%s is not a loopback address (see --listen-beyond-loopback)", s.listen)
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
	}
	return tenants
}

func greet(address string, tenants []simulator.Tenant) {
	first := tenants[0]
	fmt.Printf(`Insights simulator with %d tenant(s).

Look at it and act on it:  http://%s/-/
What was called so far:    http://%s/-/stats

Run the exporter on it:
  prisma_exporter \
    --prisma.base-url=http://%s \
    --prisma.tenant-id=%s \
    --prisma.api-key-file=%s
`, len(tenants), address, address, address, first.ID, first.KeyFile)
	if len(tenants) > 1 {
		last := tenants[len(tenants)-1]
		fmt.Printf("\nThe other tenants go up to %s, with their key files beside that one.\n", last.ID)
	}
	fmt.Println("\nStop with Ctrl-C.")
}
