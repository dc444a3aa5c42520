package exposition

import (
	"bytes"
	"errors"
	"sync"
	"testing"
)

// TestScrapesTogether has several scrapers ask at the same time, each for a page of its
// own, of parts that they share. What is made for the first of them is made once.
func TestScrapesTogether(t *testing.T) {
	const scrapers = 4
	metric := &Metric{Name: "prisma_access_tunnel_up", Help: "Whether it is up.", Type: Gauge, Labels: []string{"tunnel"}} // whose header nobody has asked for
	b := scope("a")
	b.Add(metric, b.Labels(metric.Labels, "tunnel-1"), 1)
	parts := b.Parts()
	var texts, protobufs [scrapers]bytes.Buffer
	var errs [scrapers]error
	var all sync.WaitGroup
	for i := range scrapers {
		all.Go(func() {
			page := NewPage(parts, nil)
			errs[i] = errors.Join(page.WriteText(&texts[i]), page.writeProtobuf(plain{&protobufs[i]}))
		})
	}
	all.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	for i := range scrapers {
		if texts[i].Len() == 0 || texts[i].String() != texts[0].String() || asText(t, families(t, protobufs[i].Bytes())) != asParsed(t, texts[0].Bytes()) {
			t.Errorf("scraper %d got\n%s\nand the first\n%s", i, texts[i].String(), texts[0].String())
		}
	}
}
