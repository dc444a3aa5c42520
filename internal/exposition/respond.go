package exposition

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/common/expfmt"
)

// formats are what can be asked for, text first.
var formats = []expfmt.Format{
	expfmt.NewFormat(expfmt.TypeTextPlain),
	expfmt.NewFormat(expfmt.TypeProtoDelim),
	expfmt.NewFormat(expfmt.TypeProtoText),
	expfmt.NewFormat(expfmt.TypeProtoCompact),
}

// Respond answers a request with the page, in the format and the content
// coding that the client likes best. It answers 406 to a client that takes
// none of the codings. An error says that the client did not get the page.
func (p *Page) Respond(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Vary", "Accept, Accept-Encoding")
	coding, acceptable := chooseCoding(r.Header)
	if !acceptable {
		const message = "a page can be had with gzip or as it is, and Accept-Encoding refuses both"
		http.Error(w, message, http.StatusNotAcceptable)
		return fmt.Errorf("%s: %.64q", message, r.Header.Values("Accept-Encoding"))
	}
	format := chooseFormat(r.Header)
	if format.FormatType() != expfmt.TypeTextPlain {
		return p.respondFamilies(w, format)
	}
	w.Header().Set("Content-Type", string(format))
	if coding == codingIdentity {
		return p.WriteText(w)
	}
	w.Header().Set("Content-Encoding", coding)
	return p.WriteGzip(w)
}

// chooseFormat is the format that a client likes best: text for one that says
// nothing, or knows none of those that there are.
func chooseFormat(h http.Header) expfmt.Format {
	accept := http.Header{"Accept": {strings.Join(h.Values("Accept"), ",")}}
	format := expfmt.NegotiateAccept(accept, formats...)
	if format.FormatType() == expfmt.TypeTextPlain {
		return formats[0] // all names are plain, so nothing is escaped
	}
	return format
}

func (p *Page) respondFamilies(w http.ResponseWriter, format expfmt.Format) error {
	families, err := p.Families()
	if err != nil {
		http.Error(w, "the metrics cannot be put into the format that was asked for: "+err.Error(), http.StatusInternalServerError)
		return err
	}
	w.Header().Set("Content-Type", string(format))
	encoder := expfmt.NewEncoder(w, format)
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			return err
		}
	}
	return nil
}
