package statuspage

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/fleet"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// With a thousand tenants the page has a thousand lines. The template engine
// takes some microseconds for each thing that it escapes, so lines and tables
// are written here, and every text in them goes through escape.
var escape = template.HTMLEscapeString

// pill is a verdict, or nothing for none.
func pill(v fleet.Verdict) string {
	if v.Word == "" {
		return ""
	}
	return `<span class="pill ` + escape(string(v.Tone)) + `">` + escape(v.Word) + `</span>`
}

// link leads to where all about a member is.
func (m memberView) link() string {
	if m.Whole {
		return "#" + url.PathEscape(m.Title)
	}
	return "?tenant=" + url.QueryEscape(m.Name)
}

// line is the line of a member.
func line(now time.Time, m memberView) template.HTML {
	name := "<b>" + escape(m.Title) + "</b>"
	if !m.Whole {
		name = `<a href="` + escape(m.link()) + `">` + escape(m.Title) + "</a>"
	}
	line := name + pill(m.Verdict)
	if m.Alerts != nil {
		text, tone := alertsText(m.Alerts)
		line += `<span class="` + escape(string(tone)) + `-ink">` + escape(text) + "</span>"
	}
	if len(m.Holds) > 0 {
		line += "<span>" + escape(heldText(now, m.Holds)) + "</span>"
	}
	return template.HTML(line) //nolint:gosec // all of it is escaped
}

// alertsText is how many alerts are open, and how that looks.
func alertsText(a *fleet.Alerts) (text string, tone fleet.Tone) {
	if a.Open == nil {
		return "alerts unknown", fleet.Idle
	}
	i := slices.IndexFunc(a.Open, func(c fleet.Count) bool { return c.N > 0 })
	if i < 0 {
		return "no open alerts", fleet.Idle
	}
	return a.String(), [...]fleet.Tone{fleet.Bad, fleet.Poor, fleet.Idle}[min(i, 2)]
}

// heldText is when the first of some holds ends.
func heldText(now time.Time, holds []fleet.Hold) string {
	first := holds[0].Until
	for _, h := range holds {
		if h.Until.Before(first) {
			first = h.Until
		}
	}
	return "on hold, " + again(now, first)
}

// again is when something is tried again.
func again(now, t time.Time) string {
	if t.After(now) {
		return "next try in " + briefly(t.Sub(now))
	}
	return "next try with the next poll" // nobody has asked since
}

// whole is all about a member: its facts and the table of its polls.
func whole(now time.Time, m memberView, all problems) template.HTML {
	known := slices.Clone(m.Facts)
	for _, h := range m.Holds {
		known = append(known, fleet.Fact{Name: "Paused", Verdict: fleet.Verdict{Tone: fleet.Poor, Word: "on hold"}, Text: h.Why + "; " + again(now, h.Until)})
	}
	var b strings.Builder
	b.WriteString(string(facts(now, known)))
	if len(m.Polls) > 0 {
		writeTable(&b, now, m, all)
	}
	if m.Alone || len(m.Below) <= mostWhole { // of more, they are on the member's own page
		writeBelow(&b, m.Below)
	}
	return template.HTML(b.String()) //nolint:gosec // all of it is escaped
}

// facts are a list of them.
func facts(now time.Time, all []fleet.Fact) template.HTML {
	var b strings.Builder
	b.WriteString("<dl>")
	for _, f := range all {
		writeFact(&b, now, f)
	}
	b.WriteString("</dl>\n")
	return template.HTML(b.String()) //nolint:gosec // all of it is escaped
}

func writeFact(b *strings.Builder, now time.Time, f fleet.Fact) {
	words := []string{pill(f.Verdict), escape(f.Text)}
	if !f.Since.IsZero() {
		words = append(words, ago(now, f.Since))
	}
	if !f.Until.IsZero() {
		words = append(words, in(now, f.Until))
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	b.WriteString("<div><dt>" + escape(f.Name) + "</dt><dd>" + strings.Join(words, " ") + "</dd></div>")
}

// writeBelow leads to the members that belong to one.
func writeBelow(b *strings.Builder, names []string) {
	if len(names) == 0 {
		return
	}
	b.WriteString("<p>Children:")
	for _, name := range names {
		b.WriteString(` <a href="?tenant=` + escape(url.QueryEscape(name)) + `">` + escape(name) + "</a>")
	}
	b.WriteString("</p>\n")
}

// writeTable writes the table of a member's polls, which on a narrow screen has
// each column's name beside its figures.
func writeTable(b *strings.Builder, now time.Time, m memberView, all problems) {
	counted := escape(m.Counted)
	b.WriteString("<table><thead><tr><th>" + escape(m.Polled) + "</th><th>State</th><th>Last success</th><th>Took</th><th>" + counted +
		"</th><th>Series</th></tr></thead><tbody>\n")
	name := `<td data-n="` + strings.ToLower(counted) + `">`
	for _, p := range m.Polls {
		took := "–"
		if p.Polled() {
			took = duration(p.Took)
		}
		b.WriteString("<tr><th>" + escape(p.Name) + "</th><td>" + pill(verdictOfPoll(p)) + why(now, m, p, all) +
			`</td><td data-n="last success">` + ago(now, p.LastSuccess) + `</td><td data-n="took">` + took +
			"</td>" + name + strconv.Itoa(p.Rows) + `</td><td data-n="series">` + strconv.Itoa(p.Series) + "</td></tr>\n")
	}
	b.WriteString("</tbody></table>")
}

// why leads to why a poll failed, or says it where that is told nowhere else.
func why(now time.Time, m memberView, p poll.Status, all problems) string {
	if p.Err == nil || p.Idle {
		return ""
	}
	text := ""
	if until, held := insights.HeldUntil(p.Err); held {
		text = " " + escape(again(now, until))
	}
	if told := all.of[all.gist(m.Status, p)]; told != nil && told.Number > 0 {
		n := strconv.Itoa(told.Number)
		return ` <a href="#problem-` + n + `">problem ` + n + "</a>" + text
	}
	return ` <span class="error">` + escape(insights.Gist(p.Err)) + "</span>" + text
}
