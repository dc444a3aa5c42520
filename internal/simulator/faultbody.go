package simulator

import (
	"bytes"
	"compress/gzip"
	"net"
	"net/http"
	"strconv"
	"time"
)

// An answer is a good body on its way out, where a fault may still get hold of it.
type answer struct{ body []byte }

func newAnswer(v any) answer { return answer{encode(v)} }

func (a answer) write(w http.ResponseWriter, r *http.Request, f *Fault) {
	w.Header().Set("Content-Type", "application/json")
	body := a.body
	switch f.kind() {
	case ResetMidBody:
		resetMidBody(w, body)
		return
	case SlowBody:
		dribble(w, r, f, body)
		return
	case EndlessBody:
		sendForEver(w, r, f)
		return
	case GzipBomb:
		sendBomb(w, f.Rows)
		return
	case TruncatedJSON:
		body = body[:len(body)*2/3]
	case TrailingGarbage:
		body = append(body, "}\n<!-- served by node 7 -->"...)
	case WrongContentType:
		w.Header().Set("Content-Type", "text/html")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	// An error here, and in the writes below, means that the caller has gone.
	_, _ = w.Write(body)
}

// resetMidBody promises a body, sends half of it and resets the connection.
func resetMidBody(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body[:len(body)/2])
	flush(w)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// dribble sends a body byte by byte, until the fault is cleared, which lets the rest go at once.
func dribble(w http.ResponseWriter, r *http.Request, f *Fault, body []byte) {
	every := f.Every
	if every <= 0 {
		every = time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return
		}
		flush(w)
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-f.released:
			_, _ = w.Write(body[i+1:])
			return
		}
	}
}

// sendForEver sends rows until the caller goes or the fault is cleared, which cuts the answer off.
func sendForEver(w http.ResponseWriter, r *http.Request, f *Fault) {
	_, err := w.Write([]byte(`{"header":{"status":{"subCode":200}},"data":[{"n":0}`))
	chunk := bytes.Repeat([]byte(`,{"site_name":"again and again","alert_id":"again and again"}`), 256)
	for err == nil && r.Context().Err() == nil {
		select {
		case <-f.released:
			panic(http.ErrAbortHandler)
		default:
			_, err = w.Write(chunk)
		}
	}
}

const mebi = 1 << 20

// sendBomb sends mebibytes of blanks. A gzip stream may have many members: one is made and sent again and again, so
// that the bomb costs its target more than the sender.
func sendBomb(w http.ResponseWriter, mebibytes int) {
	if mebibytes <= 0 {
		mebibytes = 1024
	}
	var member bytes.Buffer
	z, err := gzip.NewWriterLevel(&member, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	_, _ = z.Write(bytes.Repeat([]byte{' '}, mebi))
	_ = z.Close()
	w.Header().Set("Content-Encoding", "gzip")
	for range mebibytes {
		if _, err := w.Write(member.Bytes()); err != nil {
			return
		}
	}
}
