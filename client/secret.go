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

// readSecret reads a secret from a file, without the white space around it.
// Its errors say what to do and never what the file holds.
func readSecret(path string) (secret, error) {
	// Looked at before it is opened, because opening a pipe waits for somebody
	// to write into it.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return secret{}, secretError(path, err)
	case info.IsDir():
		return secret{}, fmt.Errorf("key file %s is a directory: name the file in it that holds the key", path)
	case !info.Mode().IsRegular():
		return secret{}, fmt.Errorf("key file %s is no regular file: it is read again and again, so it must be one", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return secret{}, secretError(path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return secret{}, secretError(path, err)
	}
	value := strings.TrimSpace(strings.TrimPrefix(string(b), "\uFEFF"))
	switch {
	case len(b) > maxSecret:
		return secret{}, fmt.Errorf("key file %s is longer than %d bytes: it must hold the key and nothing else", path, maxSecret)
	case value == "":
		return secret{}, fmt.Errorf("key file %s is empty: write the key into it", path)
	case strings.ContainsFunc(value, func(r rune) bool { return r < '!' || r > '~' }):
		return secret{}, fmt.Errorf("key file %s holds blanks, line breaks or other characters that no key has: it must hold the key and nothing else", path)
	}
	return secret{
		value:    value,
		digest:   sha256.Sum256([]byte(value)),
		modified: info.ModTime(),
		exposed:  runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0,
	}, nil
}

func secretError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("key file %s does not exist: write the key into it", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("key file %s may not be read: let the user that runs the exporter read it", path)
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // without the path, which is there already
	}
	return fmt.Errorf("key file %s cannot be read: %w", path, err)
}
