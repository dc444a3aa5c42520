//go:build browser

package statuspage

import (
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowser looks at the page in a real browser: nothing that the API sends
// runs, and nothing is cut off on a narrow screen. Pictures of it go where
// PICTURES says, for a person to look at.
func TestBrowser(t *testing.T) {
	h := newHandler()
	mux := http.NewServeMux()
	mux.Handle("/", h)
	// The same page without its policy, with a script of the test's own that
	// measures it.
	mux.HandleFunc("/measured", func(w http.ResponseWriter, r *http.Request) {
		resp, body := get(t, h)
		defer resp.Body.Close()
		_, _ = fmt.Fprint(w, body, `<script>document.body.dataset.overflow = document.documentElement.scrollWidth - innerWidth;</script>`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	for _, path := range []string{"/", "/measured"} {
		dom := chromium(t, "--dump-dom", "--window-size=390,2000", server.URL+path)
		if strings.Contains(dom, "<title>owned") || !strings.Contains(dom, "&lt;script&gt;") || strings.Contains(dom, "<img") {
			t.Errorf("%s: what the API sent became part of the page:\n%s", path, dom)
		}
		if path == "/measured" && !strings.Contains(dom, `data-overflow="0"`) {
			t.Errorf("on a narrow screen the page is wider than the screen: %.2000s", dom[strings.Index(dom, "<body"):])
		}
	}

	pictures := os.Getenv("PICTURES")
	if pictures == "" {
		pictures = t.TempDir()
	}
	for name, flags := range map[string][]string{
		"light":  {"--window-size=1200,1100"},
		"dark":   {"--window-size=1200,1100", "--force-dark-mode", "--enable-features=WebContentsForceDark:inversion_method/none"},
		"narrow": {"--window-size=390,1600"},
	} {
		file := filepath.Join(pictures, name+".png")
		chromium(t, append(flags, "--screenshot="+file, server.URL+"/")...)
		checkPicture(t, file)
	}
}

// checkPicture wants a picture that has more than one colour.
func checkPicture(t *testing.T, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[any]bool{}
	b := picture.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		for x := b.Min.X; x < b.Max.X; x += 3 {
			colours[picture.At(x, y)] = true
		}
	}
	if len(colours) < 20 {
		t.Errorf("%s has %d colours, which is no page", filepath.Base(file), len(colours))
	}
}

// chromium runs a headless browser that talks to nobody else.
func chromium(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "chromium", append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-quic",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + t.TempDir(),
	}, args...)...)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, stderr.String())
	}
	return string(out)
}
