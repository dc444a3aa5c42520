//go:build unix

package secretfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReadSecret(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ content, want, err string }{
		"plain":             {"s3cr3t", "s3cr3t", ""},
		"newline":           {"s3cr3t\n", "s3cr3t", ""},
		"windows":           {"\uFEFFs3cr3t\r\n\r\n", "s3cr3t", ""},
		"blanks around":     {" \t s3cr3t \n", "s3cr3t", ""},
		"all of ASCII":      {"!~\"'\\=+/", "!~\"'\\=+/", ""},
		"empty":             {"", "", "is empty: write the key to it"},
		"blank":             {" \r\n\t", "", "is empty"},
		"mark only":         {"\uFEFF\n", "", "is empty"},
		"two lines":         {"s3cr3t\nother", "", "must contain the key and nothing else"},
		"binary":            {"\x7fELF\x00\x01s3cr3t", "", "must contain the key and nothing else"},
		"UTF-16":            {"\xff\xfes\x003\x00", "", "must contain the key and nothing else"},
		"not ASCII":         {"schlüssel", "", "must contain the key and nothing else"},
		"huge":              {strings.Repeat("s3cr3t", 20000), "", "is longer than 65536 bytes"},
		"huge, mostly void": {strings.Repeat(" ", 1<<20) + "s3cr3t", "", "is longer than"},
	} {
		path := filepath.Join(dir, "key")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := File{path, "key"}.Read()
		checkSecret(t, name, path, got.Value, c.want, err, c.err)
	}
}

func checkSecret(t *testing.T, name, path, got, want string, err error, problem string) {
	t.Helper()
	if got != want || (err == nil) != (problem == "") {
		t.Errorf("%s: %q, %v", name, got, err)
	}
	if err == nil {
		return
	}
	if !strings.Contains(err.Error(), problem) || strings.Count(err.Error(), path) != 1 || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("%s: error %q, want one that tells the path once and says %q", name, err, problem)
	}
}

func TestSecretThatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                                 "is a directory: give the name of the file in it",
		filepath.Join(dir, "absent"):        "does not exist: write the key to it",
		filepath.Join(dir, "absent", "key"): "does not exist",
		pipe:                                "is not a regular file",
		"/dev/zero":                         "is not a regular file",
		loop:                                "cannot be read",
	} {
		_, err := File{path, "key"}.Read()
		checkSecret(t, path, path, "", "", err, want)
	}
}

// TestExposedSecret: who else may read the key is warned about and no more.
func TestExposedSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("k"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o644: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got, err := (File{path, "key"}).Read(); err != nil || got.Exposed != want {
			t.Errorf("mode %o: exposed %v, %v", mode, got.Exposed, err)
		}
	}
}

// TestExposedIsWhatWasRead: while one file takes the place of another again and
// again, the mode is that of the file that the secret is from.
func TestExposedIsWhatWasRead(t *testing.T) {
	dir := t.TempDir()
	path, stop, ended := filepath.Join(dir, "key"), make(chan struct{}), make(chan error, 1)
	replace := func(value string, mode os.FileMode) error {
		other := path + "." + value
		return errors.Join(os.WriteFile(other, []byte(value), mode), os.Chmod(other, mode), os.Rename(other, path))
	}
	if err := replace("private", 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		var err error
		for err == nil {
			select {
			case <-stop:
				ended <- nil
				return
			default:
				err = errors.Join(replace("public", 0o644), replace("private", 0o600))
			}
		}
		ended <- err
	}()
	wrong := 0
	for range 5000 {
		read, err := (File{path, "key"}).Read()
		if err != nil {
			t.Fatal(err)
		}
		if read.Exposed != (read.Value == "public") {
			wrong++
		}
	}
	close(stop)
	if err := <-ended; err != nil || wrong > 0 {
		t.Errorf("%d of 5000 readings have the mode of another file; %v", wrong, err)
	}
}

// FuzzRead: whatever a file holds, no error shows it, and what is read is fit
// for a header.
func FuzzRead(f *testing.F) {
	f.Add([]byte("s3cr3t\n"))
	f.Add([]byte("\uFEFFs3cr3t\r\n\r\n"))
	f.Add([]byte("two words-and-more\nlines"))
	f.Add([]byte("\x00\xff\x1b[2J"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := File{Path: path, What: "key"}.Read()
		if err != nil {
			if text := strings.TrimSpace(string(content)); len(text) >= 12 && strings.Contains(err.Error(), text) {
				t.Errorf("the error shows the file: %v", err)
			}
			return
		}
		if got.Value == "" || strings.ContainsFunc(got.Value, func(r rune) bool { return r < '!' || r > '~' }) || !strings.Contains(string(content), got.Value) {
			t.Errorf("%q was read as %q", content, got.Value)
		}
	})
}
