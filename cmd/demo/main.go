// Command demo starts the exporter with a simulated tenant, a Prometheus with
// the rules that are shipped and an Alertmanager with the example of a route,
// for a person to click through. Notifications are printed.
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
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/prisma-exporter/prisma_exporter/internal/stack"
)

func main() {
	app := kingpin.New("demo", "The exporter with a simulated tenant, Prometheus and Alertmanager.")
	app.HelpFlag.Short('h')
	exporter := app.Flag("exporter", "Binary of the exporter.").Default("prisma_exporter").String()
	args := app.Arg("args", "More arguments for the exporter.").Strings()
	kingpin.MustParse(app.Parse(os.Args[1:]))
	if err := run(*exporter, *args); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run starts one after the other and waits until it is told to stop.
func run(exporter string, args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "prisma-demo-")
	if err != nil {
		return err
	}
	defer func() {
		if ctx.Err() != nil { // else the logs in it show what went wrong
			_ = os.RemoveAll(dir)
		}
	}()
	exporter, err = filepath.Abs(exporter)
	if err != nil {
		return err
	}
	promPath, amPath, err := tools(ctx)
	if err != nil {
		return err
	}
	exporterAddress, promAddress, amAddress, err := addresses(ctx)
	if err != nil {
		return err
	}
	receiver, err := receive(ctx)
	if err != nil {
		return err
	}
	e, err := stack.Start(ctx, dir, "http://"+exporterAddress+"/-/ready", exporter, append([]string{"--demo", "--web.listen-address=" + exporterAddress}, args...)...)
	if err != nil {
		return err
	}
	defer e.Stop()
	am, err := stack.StartAlertmanager(ctx, stack.AlertmanagerOptions{Path: amPath, Dir: dir, Address: amAddress, Receiver: receiver})
	if err != nil {
		return err
	}
	defer am.Stop()
	consoles, err := writeConsole(dir)
	if err != nil {
		return err
	}
	prom, err := stack.StartPrometheus(ctx, stack.PrometheusOptions{
		Path: promPath, Dir: dir, Address: promAddress, Exporter: exporterAddress, Alertmanager: amAddress,
		Interval: 15 * time.Second, ResendDelay: time.Minute, Consoles: consoles,
	})
	if err != nil {
		return err
	}
	defer prom.Stop()
	tell(e.Log, exporterAddress, "http://"+promAddress, "http://"+amAddress)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-e.Done():
	case <-am.Done():
	case <-prom.Done():
	}
	return fmt.Errorf("a process of the demo has ended; see the logs in %s", dir)
}

func tools(ctx context.Context) (prometheus, alertmanager string, err error) {
	if prometheus, err = tool(ctx, "prometheus"); err != nil {
		return "", "", err
	}
	alertmanager, err = tool(ctx, "alertmanager")
	return prometheus, alertmanager, err
}

// tool takes the binary that the environment names, one from the PATH that is
// recent enough, or else builds one.
func tool(ctx context.Context, name string) (string, error) {
	if os.Getenv(strings.ToUpper(name)) == "" {
		path, found := stack.Installed(ctx, name)
		if path != "" {
			fmt.Println(found)
			return path, nil
		}
		fmt.Printf("%s: the demo uses the pinned version. If it is not built yet, that takes several minutes.\n", found)
	}
	return stack.Tool(ctx, ".", name, os.Stderr)
}

// addresses are the usual ones as far as they are free.
func addresses(ctx context.Context) (exporter, prometheus, alertmanager string, err error) {
	for _, a := range []struct {
		into      *string
		preferred string
	}{{&exporter, "localhost:10058"}, {&prometheus, "localhost:9090"}, {&alertmanager, "localhost:9093"}} {
		if *a.into, err = stack.Address(ctx, a.preferred); err != nil {
			return "", "", "", err
		}
	}
	return exporter, prometheus, alertmanager, nil
}

// receive starts a webhook that prints notifications, and returns its URL.
func receive(ctx context.Context) (string, error) {
	address, err := stack.Address(ctx, "localhost:9095")
	if err != nil {
		return "", err
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: stack.Receive(show), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }() // ends with the process
	return "http://" + address, nil
}

// show prints a notification.
func show(n stack.Notification) {
	for _, a := range n.Alerts {
		text := a.Annotations["description"]
		if a.Status == "resolved" {
			text = a.Labels["alert_id"] + " " + a.Annotations["summary"]
		}
		fmt.Printf("%s  %-5s  %-8s  %s: %s\n", n.Time.Format(time.TimeOnly), n.Receiver, a.Status, a.Labels["alertname"], text)
	}
}
