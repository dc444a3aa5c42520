package exposition

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
)

// formats are what can be asked for, text first. OpenMetrics is not among
// them: whoever asks for it takes text too, and what it has beyond text, such
// as exemplars and the times at which counters began, Prisma Access does not
// tell.
var formats = []expfmt.Format{
	expfmt.NewFormat(expfmt.TypeTextPlain),
	expfmt.NewFormat(expfmt.TypeProtoDelim),
}

// Response is a page in the format and the content coding that a client likes
// best. All that is left to do is to send it, at the pace of the client.
type Response struct {
	format expfmt.Format
	zipped [][]byte         // for a client that takes gzip
	write  func(sink) error // for any other
	status int              // 200, or that of err
	err    error
}

var errNotAcceptable = errors.New("the exporter responds with gzip or without compression, but the header Accept-Encoding accepts neither")

// Render makes the response to a request. It is an error under status 406 for
// a client that takes none of the content codings.
func (p *Page) Render(r *http.Request) *Response {
	coding, acceptable := chooseCoding(r.Header)
	if !acceptable {
		return &Response{status: http.StatusNotAcceptable, err: errNotAcceptable}
	}
	response := &Response{status: http.StatusOK, format: chooseFormat(r.Header), write: p.writeText}
	if response.format.FormatType() == expfmt.TypeProtoDelim {
		response.write = p.writeProtobuf
		response.err = p.convert()
	}
	if response.err == nil && coding == codingGzip {
		response.zipped, response.err = zip(response.write)
	}
	if response.err != nil {
		response.status = http.StatusInternalServerError
	}
	return response
}

// Send sends the response. An error says that the client did not get the page.
func (r *Response) Send(w http.ResponseWriter) error {
	w.Header().Set("Vary", "Accept, Accept-Encoding")
	if r.err != nil {
		http.Error(w, r.err.Error(), r.status)
		return r.err
	}
	w.Header().Set("Content-Type", string(r.format))
	if r.zipped == nil {
		return r.write(plain{w})
	}
	w.Header().Set("Content-Encoding", codingGzip)
	w.Header().Set("Content-Length", strconv.Itoa(sizeOf(r.zipped)))
	return writeAll(w, r.zipped)
}

// chooseFormat is the format that a client likes best: text for one that says
// nothing, or knows none of those that there are.
func chooseFormat(h http.Header) expfmt.Format {
	accept := http.Header{"Accept": {strings.Join(h.Values("Accept"), ",")}}
	format := expfmt.NegotiateAccept(accept, formats...)
	if format.FormatType() == expfmt.TypeTextPlain {
		return formats[0] // all names are plain, so that nothing is escaped
	}
	return format
}

func sizeOf(pieces [][]byte) int {
	size := 0
	for _, b := range pieces {
		size += len(b)
	}
	return size
}

func writeAll(w io.Writer, pieces [][]byte) error {
	for _, b := range pieces {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}
