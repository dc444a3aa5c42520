package exporter

import (
	"context"
	"fmt"
	"io"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/common/version"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/prisma-exporter/prisma_exporter/internal/capture"
	"github.com/prisma-exporter/prisma_exporter/internal/check"
	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	"github.com/prisma-exporter/prisma_exporter/internal/demo"
	"github.com/prisma-exporter/prisma_exporter/internal/logging"
	"github.com/prisma-exporter/prisma_exporter/internal/signals"
	"github.com/prisma-exporter/prisma_exporter/internal/silence"
	"github.com/prisma-exporter/prisma_exporter/internal/web"
)

// Main runs the exporter until it is told to stop and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signals.Stop()
	defer stop()
	o, err := cli.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "prisma_exporter: %s\n", err)
		return 2
	}
	sink := logging.NewSink(stderr)
	defer sink.Close()
	logger := logging.New(sink, o.Log)
	defer logger.TakeStandard()()

	read := o.Configuration.Read
	if o.Demo {
		d, err := startDemo(o, stderr)
		if err != nil {
			level.Error(logger).Log("msg", "Cannot start the demo", "err", err)
			return 1
		}
		defer d.Close()
		read = d.Read
		o.ServiceStatus.On, o.ServiceStatus.URL = true, d.ServiceStatusURL()
	}
	if o.Check.On {
		signals.EndOnHangup()
		return Check(ctx, Options{CLI: o, Read: read, Logger: log.NewNopLogger()}, stdout, stderr)
	}
	if o.Silence > 0 {
		signals.EndOnHangup()
		return printSilences(ctx, Options{CLI: o, Read: read, Logger: log.NewNopLogger()}, stdout, stderr)
	}
	level.Info(logger).Log("msg", "Starting prisma_exporter", "version", version.Info(), "build_context", version.BuildContext())
	limitMemory(logger, memlimit.FromCgroup)
	e, err := New(Options{CLI: o, Read: read, Logger: logger, LogLinesDropped: sink.Dropped})
	if err != nil {
		sink.Close() // behind its lines, and not among them
		fmt.Fprintf(stderr, "prisma_exporter: %s\n", err)
		return 2
	}
	defer e.Close()
	go e.introduce(ctx)
	go e.Watch(ctx)
	go signals.OnHangup(ctx, func() { _ = e.Reload() }) // which logs why not
	server := web.NewServer(e.Handler(), logger.Std)
	serve := func() error { return toolkit.ListenAndServe(server, o.Web, logger.Slog) }
	if err := serveUntil(ctx, server, serve, logger); err != nil {
		level.Error(logger).Log("msg", "Cannot serve HTTP requests", "err", err)
		return 1
	}
	level.Info(logger).Log("msg", "Stopped")
	return 0
}

func startDemo(o cli.Options, screen io.Writer) (*demo.Demo, error) {
	options := demo.Options{API: o.DemoAPI, Addresses: *o.Web.WebListenAddresses, RoutePrefix: o.RoutePrefix, TelemetryPath: o.TelemetryPath}
	if !o.Check.On && o.Silence == 0 { // which print what they found, and end
		options.Screen = screen
	}
	return demo.Start(options)
}

// Check does what --config.check says and returns the exit code. What is
// wrong is on its screen and not in the log.
func Check(ctx context.Context, o Options, out, progress io.Writer) int {
	c, err := o.Read()
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	if o.CLI.Check.Only != "" {
		o.CLI.ServiceStatus.On = false // which is no tenant
	}
	e := assemble(o)
	defer e.Close()
	done := func() bool { return true }
	if o.CLI.Check.Capture != "" {
		if done, err = e.capture(o.CLI.Check.Capture, out); err != nil {
			fmt.Fprintln(out, err)
			return 1
		}
	}
	good := check.Run(ctx, check.Options{
		Config: c, Only: o.CLI.Check.Only, Failures: o.CLI.Check.Failures, Plan: e.plan,
		List: e.lister, Apply: e.apply, Fleet: e.fleet, Out: out, Progress: progress, Done: done,
	})
	if !good {
		return 1
	}
	return 0
}

// capture has what is asked and answered written into a folder. What it returns
// says how that went and reports whether it went well.
func (e *Exporter) capture(folder string, out io.Writer) (done func() bool, err error) {
	r, err := capture.New(folder)
	if err != nil {
		return nil, err
	}
	e.process.Record = r.Record
	return func() bool {
		n, err := r.Close()
		if err != nil {
			fmt.Fprintf(out, "The capture is incomplete: %s\n\n", err)
			return false
		}
		fmt.Fprintf(out, "%d requests and their answers are in %s. Personal data in them has been replaced. Review the files before you share them.\n\n", n, folder)
		return true
	}, nil
}

// printSilences does what --alerts.silence says and returns the exit code.
func printSilences(ctx context.Context, o Options, out, problems io.Writer) int {
	c, err := o.Read()
	if err != nil {
		fmt.Fprintln(problems, err)
		return 1
	}
	o.CLI.ServiceStatus.On = false // whose incidents do not page by themselves
	e := assemble(o)
	defer e.Close()
	if !silence.Run(ctx, silence.Options{
		Config: c, List: e.lister, Apply: e.apply, Fleet: e.fleet, For: o.CLI.Silence, Out: out, Err: problems,
	}) {
		return 1
	}
	return 0
}
