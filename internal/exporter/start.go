package exporter

import (
	"context"
	"strings"

	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// mostNames is how many names of what is watched are logged.
const mostNames = 10

// introduce logs what is watched. Where that is one tenant or company it is
// asked at once, as by a scrape: whoever has just started the exporter sees
// whether the credential works, and the first page has everything.
func (e *Exporter) introduce(ctx context.Context) {
	defer e.panics.Recover("asking for the first time")
	members := e.fleet.Members()
	names := make([]string, 0, mostNames+1)
	for i, m := range members {
		if i == mostNames {
			names = append(names, "…")
			break
		}
		names = append(names, m.Name)
	}
	level.Info(e.options.Logger).Log("msg", "Watching", "targets", len(members), "names", strings.Join(names, ","), "discoveries", len(e.finder.Status()))
	if len(members) != 1 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, e.options.CLI.ScrapeTimeout)
	defer cancel()
	members[0].Scrape(ctx, fleet.Request{Page: poll.NewPage(true)})
	for _, s := range members[0].Status() {
		e.firstAnswer(s)
	}
}

// firstAnswer logs how what is watched answered for the first time.
func (e *Exporter) firstAnswer(s fleet.Status) {
	credential, failed, log := "unknown", 0, level.Info
	for _, f := range s.Facts {
		if f.Verdict.Word != "" {
			if f.Verdict.Tone != fleet.Idle { // the vendor has not said anything of it
				credential = f.Verdict.Word
			}
			break
		}
	}
	for _, p := range s.Polls {
		if p.Err != nil {
			failed, log = failed+1, level.Warn
		}
	}
	log(e.options.Logger).Log("msg", "First polls finished", "name", s.Name, "sub_tenant", s.Part, "credential", credential, "polls", len(s.Polls), "failed", failed)
}
