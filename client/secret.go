package client

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
)

// maxSecret bounds a secret file: a key is some hundred bytes, a disk image
// given by mistake is not.
const maxSecret = 64 << 10

// secret is what a secret file held at one moment.
type secret struct {
	value string
	// digest tells whether a file holds something else than before without
	// keeping what it held.
	digest   [sha256.Size]byte
	modified time.Time
	// exposed says that others than the owner may read the file.
	exposed bool
}

// secretFile is a file that holds a secret and nothing else.
type secretFile struct {
	path string
	// what the secret is called, such as "API key".
	what string
}

// read reads the secret, without the white space around it. Its errors say
// what to do and never what the file holds.
func (s secretFile) read() (secret, error) {
	// Looked at before it is opened, because opening a pipe waits for somebody
	// to write into it.
	info, err := os.Stat(s.path)
	switch {
	case err != nil:
		return secret{}, s.failed(err)
	case info.IsDir():
		return secret{}, s.errorf("is a directory: name the file in it that holds the %s", s.what)
	case !info.Mode().IsRegular():
		return secret{}, s.errorf("is no regular file: it is read again and again, so it must be one")
	}
	f, err := os.Open(s.path)
	if err != nil {
		return secret{}, s.failed(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return secret{}, s.failed(err)
	}
	value := strings.TrimSpace(strings.TrimPrefix(string(b), "\uFEFF"))
	switch {
	case len(b) > maxSecret:
		return secret{}, s.errorf("is longer than %d bytes: it must hold the %s and nothing else", maxSecret, s.what)
	case value == "":
		return secret{}, s.errorf("is empty: write the %s into it", s.what)
	case strings.ContainsFunc(value, func(r rune) bool { return r < '!' || r > '~' }):
		return secret{}, s.errorf("holds blanks, line breaks or other characters that no %s has: it must hold the %s and nothing else", s.what, s.what)
	}
	return secret{
		value:    value,
		digest:   sha256.Sum256([]byte(value)),
		modified: info.ModTime(),
		exposed:  runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0,
	}, nil
}

// warn says so when others may read the secret.
func (s secretFile) warn(read secret, logger log.Logger) {
	if read.exposed {
		level.Warn(logger).Log("msg", "The file of a secret can be read by other users: make it readable by its owner alone", "file", s.path)
	}
}

// errorf is an error about the file.
func (s secretFile) errorf(format string, args ...any) error {
	return fmt.Errorf("%s file %s "+format, append([]any{s.what, s.path}, args...)...)
}

func (s secretFile) failed(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.errorf("does not exist: write the %s into it", s.what)
	case errors.Is(err, fs.ErrPermission):
		return s.errorf("may not be read: let the user that runs the exporter read it")
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // without the path, which is there already
	}
	return s.errorf("cannot be read: %w", err)
}
