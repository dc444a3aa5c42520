package statuspage

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
)

// With a thousand tenants the page has seven thousand rows. The template
// engine takes some microseconds for each thing that it escapes, so rows are
// written here, and every text in them goes through escape.
var escape = template.HTMLEscapeString

// pill is a verdict, or nothing for none.
func pill(v fleet.Verdict) string {
	if v.Word == "" {
		return ""
	}
	return `<span class="pill ` + escape(string(v.Tone)) + `">` + escape(v.Word) + `</span>`
}

// facts are the facts of a card.
func facts(now time.Time, all []fleet.Fact) template.HTML {
	var b strings.Builder
	for _, f := range all {
		b.WriteString("<div><dt>" + escape(f.Name) + "</dt><dd>")
		words := []string{pill(f.Verdict), escape(f.Text)}
		if !f.Since.IsZero() {
			words = append(words, ago(now, f.Since))
		}
		if !f.Until.IsZero() {
			words = append(words, in(now, f.Until))
		}
		for i, w := range words {
			if w != "" && i > 0 && words[i-1] != "" {
				b.WriteByte(' ')
			}
			b.WriteString(w)
		}
		b.WriteString("</dd></div>\n    ")
	}
	return template.HTML(b.String()) //nolint:gosec // all of it is escaped
}

// rows are the rows of a card's table.
func rows(now time.Time, polls []pollView, counted string) template.HTML {
	var b strings.Builder
	counted = escape(strings.ToLower(counted))
	for _, p := range polls {
		took := "–"
		if p.Polled() {
			took = duration(p.Took)
		}
		b.WriteString("<tr><td><strong>" + escape(p.Name) + "</strong></td><td>" + pill(p.Verdict) +
			`</td><td data-name="last success">` + ago(now, p.LastSuccess) + `</td><td class="n" data-name="took">` + took +
			`</td><td class="n" data-name="` + counted + `">` + strconv.Itoa(p.Rows) +
			`</td><td class="n" data-name="series">` + strconv.Itoa(p.Series) + "</td></tr>\n")
		if p.Err != nil {
			b.WriteString(`<tr class="why"><td colspan="6" class="error">` + escape(p.Err.Error()) + "</td></tr>\n")
		}
	}
	return template.HTML(b.String()) //nolint:gosec // all of it is escaped
}
