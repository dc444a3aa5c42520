package simulation

import (
	"io"
	"net/http"

	"github.com/prisma-exporter/prisma_exporter/internal/cli"
	"github.com/prisma-exporter/prisma_exporter/internal/exporter"
	"github.com/prisma-exporter/prisma_exporter/internal/logging"
)

// house is the exporter as its users see it. This file alone knows how it is put together.
type house interface {
	Handler() http.Handler
	Reload() error
	Close()
}

// open assembles the exporter as its command does, with a transport in place of the network.
func open(args []string, log io.Writer, transport http.RoundTripper) (house, error) {
	o, err := cli.Parse(args)
	if err != nil {
		return nil, err
	}
	logger := logging.New(log, o.Log)
	e, err := exporter.New(exporter.Options{CLI: o, Read: o.Configuration.Read, Logger: logger, Transport: transport})
	if err != nil {
		return nil, err // and not a nil of type *exporter.Exporter
	}
	return e, nil
}
