// Package secretfile reads a secret from the file that holds it and nothing
// else.
package secretfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// maxSecret bounds a secret file: a key is some hundred bytes, a disk image
// given by mistake is not.
const maxSecret = 64 << 10

// Secret is what a secret file held at one moment.
type Secret struct {
	Value string
	// Digest tells whether a file holds something else than before without
	// keeping what it held.
	Digest   [sha256.Size]byte
	Modified time.Time
	// Exposed says that others than the owner may read the file.
	Exposed bool
}

// File is a file that holds a secret and nothing else.
type File struct {
	Path string
	// What the secret is called, such as "API key".
	What string
}

// Read reads the secret, without the white space around it. Its errors say
// what to do and never what the file holds.
func (f File) Read() (Secret, error) {
	// Looked at before it is opened, because opening a pipe waits for somebody
	// to write into it.
	info, err := os.Stat(f.Path)
	switch {
	case err != nil:
		return Secret{}, f.failed(err)
	case info.IsDir():
		return Secret{}, f.errorf("is a directory: give the name of the file in it that contains the %s", f.What)
	case !info.Mode().IsRegular():
		return Secret{}, f.errorf("is not a regular file, so the exporter cannot read it repeatedly: use a regular file")
	}
	open, err := os.Open(f.Path)
	if err != nil {
		return Secret{}, f.failed(err)
	}
	defer open.Close()
	// Once more, because another file may have taken the place of the first.
	if info, err = open.Stat(); err != nil {
		return Secret{}, f.failed(err)
	}
	b, err := io.ReadAll(io.LimitReader(open, maxSecret+1))
	if err != nil {
		return Secret{}, f.failed(err)
	}
	value := strings.TrimSpace(strings.TrimPrefix(string(b), "\uFEFF"))
	switch {
	case len(b) > maxSecret:
		return Secret{}, f.errorf("is longer than %d bytes: it must contain the %s and nothing else", maxSecret, f.What)
	case value == "":
		return Secret{}, f.errorf("is empty: write the %s to it", f.What)
	case strings.ContainsFunc(value, func(r rune) bool { return r < '!' || r > '~' }):
		return Secret{}, f.errorf("contains spaces, line breaks or other characters that cannot be in a %s: it must contain the %s and nothing else", f.What, f.What)
	}
	return Secret{
		Value:    value,
		Digest:   sha256.Sum256([]byte(value)),
		Modified: info.ModTime(),
		Exposed:  runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0,
	}, nil
}

// Warn says so when others may read the secret.
func (f File) Warn(read Secret, logger log.Logger) {
	if read.Exposed {
		level.Warn(logger).Log("msg", "Other users can read the file of a secret: make it readable only for its owner", "file", f.Path)
	}
}

// errorf is an error about the file. A secret that was written in the place of
// its path is not in it.
func (f File) errorf(format string, args ...any) error {
	return fmt.Errorf("%s file %s "+format, append([]any{f.What, redact.Path(f.Path)}, args...)...)
}

func (f File) failed(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.errorf("does not exist: write the %s to it", f.What)
	case errors.Is(err, fs.ErrPermission):
		return f.errorf("is not readable: give read permission to the user that runs the exporter")
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // without the path, which is there already
	}
	return f.errorf("cannot be read: %w", err)
}
