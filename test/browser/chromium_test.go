//go:build browser

package browser

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// browser is a headless Chromium with one page. It is spoken to over a pipe, in
// the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/.
type browser struct {
	t       *testing.T
	in      *os.File
	out     *bufio.Reader
	calls   int
	session string
	// loaded counts the pages that were loaded.
	loaded int
}

// message is what the browser says: the result of a call, or an event.
type message struct {
	ID     int
	Method string
	Result json.RawMessage
	Error  json.RawMessage
}

// newBrowser starts a browser that talks to nobody else.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "prisma-exporter-browser-")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "chromium",
		"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-quic", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "--user-data-dir="+profile, "about:blank")
	command.ExtraFiles = []*os.File{theirIn, theirOut}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = theirIn.Close(), theirOut.Close()
	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		_ = in.Close() // which ends it
		_ = command.Wait()
		_ = os.RemoveAll(profile) // as far as its processes have ended, too
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	b.session = session.SessionID
	b.call("Page.enable", nil, nil)
	// What is looked at must not load itself again meanwhile.
	b.call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": "window.setInterval = () => 0"}, nil)
	return b
}

// call calls a method and waits for its result.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.calls++
	call := map[string]any{"id": b.calls, "method": method, "params": params}
	if b.session != "" {
		call["sessionId"] = b.session
	}
	text, err := json.Marshal(call)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for id := b.calls; ; {
		m := b.read()
		if m.ID != id {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

func (b *browser) read() (m message) {
	b.t.Helper()
	text, err := b.out.ReadBytes(0)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
		b.t.Fatal(err)
	}
	if m.Method == "Page.loadEventFired" {
		b.loaded++
	}
	return m
}

// device makes the browser one of a width in pixels, a phone or not, whose owner
// likes it light or dark.
func (b *browser) device(width int, mobile bool, scheme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": mobile}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// open loads a page.
func (b *browser) open(url string) {
	b.t.Helper()
	before := b.loaded
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	for b.loaded == before {
		b.read()
	}
}

// evaluate runs an expression in the page and returns its value, once a promise
// is kept.
func (b *browser) evaluate(expression string, value any) {
	b.t.Helper()
	var result struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &result)
	if result.ExceptionDetails != nil {
		b.t.Fatalf("%.200s: %s", expression, result.ExceptionDetails)
	}
	if value != nil {
		if err := json.Unmarshal(result.Result.Value, value); err != nil {
			b.t.Fatalf("%.200s: %s: %v", expression, result.Result.Value, err)
		}
	}
}

// press presses keys, by their names in the DOM.
func (b *browser) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		text := key
		code := map[string]int{"Tab": 9, "Enter": 13}[key]
		switch key {
		case "Tab":
			text = ""
		case "Enter":
			text = "\r"
		}
		b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code}, nil)
		b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "windowsVirtualKeyCode": code}, nil)
	}
}

// picture stores what the page looks like, up to a height, in a file.
func (b *browser) picture(file string, width int) {
	b.t.Helper()
	var height int
	b.evaluate("document.documentElement.scrollHeight", &height)
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{
		"captureBeyondViewport": true, "clip": map[string]any{"x": 0, "y": 0, "width": width, "height": min(height, 3000), "scale": 1},
	}, &shot)
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		b.t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	colours := map[any]bool{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y += 3 {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x += 3 {
			colours[picture.At(x, y)] = true
		}
	}
	if len(colours) < 20 {
		b.t.Errorf("%s has %d colours, which is no page", strings.TrimPrefix(file, os.TempDir()), len(colours))
	}
}
