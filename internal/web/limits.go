package web

import (
	"net/http"
	"time"
)

// bodyWait is how long the connection of a request that announces a body is
// kept after its answer for what the client still sends.
const bodyWait = time.Second

// limit bounds what one request may take. No route reads a body, and none is
// waited for: net/http would, before it sends the answer, unless the connection
// is closed behind that.
func limit(scrape time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		// The errors are those of writers that have no deadlines, which are
		// none of a network.
		_ = c.SetWriteDeadline(time.Now().Add(scrape + writeTimeout))
		if r.ContentLength != 0 {
			w.Header().Set("Connection", "close")
			_ = c.SetReadDeadline(time.Now().Add(bodyWait))
		}
		next.ServeHTTP(w, r)
	})
}

// policy lets no page run, load or send anything, nor be shown within another
// site, whatever the API put into it.
const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// harmless keeps a browser from making more of an answer than it is.
func harmless(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}
