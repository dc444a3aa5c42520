package reload

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/prisma-exporter/prisma_exporter/config"
)

const interval = 30 * time.Second

// watched is a store with a file that it watches.
type watched struct {
	*Store
	t    *testing.T
	file string
	// missing says that a file is, which the configuration names.
	missing atomic.Bool
	// mu guards what Watch notes while time passes for the test.
	mu sync.Mutex
	// applied are the contents that were put into force, and told the errors.
	applied, told []string
}

// watch starts to watch a file, in which "bad" stands for what is no
// configuration.
func watch(t *testing.T, file string) *watched {
	w := &watched{t: t, file: file}
	read := func() (*config.Config, error) {
		if w.missing.Load() {
			return nil, errors.New("there is no certificate")
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if strings.Contains(string(b), "bad") {
			return nil, errors.New(string(b))
		}
		return &config.Config{Tenants: []config.Tenant{{Name: string(b)}}}, nil
	}
	apply := func(c *config.Config) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.applied = append(w.applied, c.Tenants[0].Name)
		return nil
	}
	w.Store = New(prometheus.NewRegistry(), Source{Read: read, File: file}, apply)
	if err := w.Reload(); err != nil {
		t.Fatal(err)
	}
	go w.Watch(t.Context(), interval, func(err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, err.Error())
	})
	return w
}

// write puts a text in the place of the file's.
func (w *watched) write(text string) {
	w.t.Helper()
	if err := os.WriteFile(w.file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// after lets time pass and compares what has happened until then.
func (w *watched) after(d time.Duration, applied, told []string) {
	w.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.applied, applied) || !slices.Equal(w.told, told) {
		w.t.Errorf("applied %q and told %q, want %q and %q", w.applied, w.told, applied, told)
	}
}

func (w *watched) successful(want float64) {
	w.t.Helper()
	var m dto.Metric
	if err := w.Store.successful.Write(&m); err != nil {
		w.t.Fatal(err)
	}
	if got := m.GetGauge().GetValue(); got != want {
		w.t.Errorf("last reload successful is %g, want %g", got, want)
	}
}

// file returns a file with a text, in a folder of its own.
func file(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "tenants.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWatchReloadsWhatHasChanged(t *testing.T) {
	path := file(t, "one")
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, path)
		w.after(10*interval, []string{"one"}, nil)
		w.write("one") // another time of change and the same content
		w.after(2*interval, []string{"one"}, nil)
		w.write("two")
		w.after(interval+2*settleTime, []string{"one", "two"}, nil)
		w.write("three")
		if err := w.Reload(); err != nil { // a SIGHUP came first
			t.Fatal(err)
		}
		w.after(2*interval, []string{"one", "two", "three"}, nil)
	})
}

// TestWatchOfAFileThatIsBad: it changes nothing, is told once, and is put into
// force when it is mended, also where what mends it is another file.
func TestWatchOfAFileThatIsBad(t *testing.T) {
	path := file(t, "one")
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, path)
		w.write("bad")
		w.after(10*interval, []string{"one"}, []string{"bad"})
		w.successful(0)
		w.write("bad too")
		w.after(10*interval, []string{"one"}, []string{"bad", "bad too"})
		w.write("one")
		w.after(2*interval, []string{"one", "one"}, []string{"bad", "bad too"})
		w.successful(1)

		w.missing.Store(true)
		w.write("two")
		w.after(3*interval, []string{"one", "one"}, []string{"bad", "bad too", "there is no certificate"})
		w.missing.Store(false)
		w.after(2*interval, []string{"one", "one", "two"}, []string{"bad", "bad too", "there is no certificate"})
	})
}

// TestWatchWaitsForTheEndOfAChange: a part of a list is a list too.
func TestWatchWaitsForTheEndOfAChange(t *testing.T) {
	path := file(t, "a, b, c")
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, path)
		time.Sleep(interval - settleTime/2)
		for _, text := range []string{"", "a", "a, b", "a, b, c", "a, b, c, d"} {
			w.write(text)
			time.Sleep(settleTime * 9 / 10)
		}
		w.after(2*settleTime, []string{"a, b, c", "a, b, c, d"}, nil)
	})
}

// TestWatchOfAFileThatGoes: some editors move a file away and write another.
func TestWatchOfAFileThatGoes(t *testing.T) {
	path := file(t, "one")
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, path)
		time.Sleep(interval - settleTime/2)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(settleTime)
		w.write("two")
		w.after(2*settleTime, []string{"one", "two"}, nil)

		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * interval)
		synctest.Wait()
		if len(w.told) != 1 || !strings.Contains(w.told[0], "no such file") {
			t.Errorf("of a file that is gone is told %q", w.told)
		}
		w.write("two")
		w.after(2*interval, []string{"one", "two", "two"}, w.told)
		w.successful(1)
	})
}

// TestWatchFollowsLinks: Kubernetes puts a new version of a ConfigMap into a
// folder of its own and then swaps the link to that folder.
func TestWatchFollowsLinks(t *testing.T) {
	folder := t.TempDir()
	version := func(name, text string) {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name, "tenants.yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(folder, "new")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(folder, "new"), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	version("..1", "one")
	link("..1", "..data")
	link(filepath.Join("..data", "tenants.yml"), "tenants.yml")
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, filepath.Join(folder, "tenants.yml"))
		version("..2", "two")
		link("..2", "..data")
		w.after(2*interval, []string{"one", "two"}, nil)
	})
}
