package config

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/config"

	"github.com/prisma-exporter/prisma_exporter/internal/redact"
)

// file is a file that a field names.
type file struct{ field, path string }

// files are those that the tenant needs.
func (t *Tenant) files() []file {
	return append([]file{{"api_key_file", t.APIKeyFile}, {"client_secret_file", t.ClientSecretFile}}, tlsFiles(&t.HTTP)...)
}

func tlsFiles(h *config.HTTPClientConfig) []file {
	tls := h.TLSConfig
	return []file{{caField, tls.CAFile}, {"http.tls_config.cert_file", tls.CertFile}, {"http.tls_config.key_file", tls.KeyFile}}
}

// caField is the field that names certificates of authorities.
const caField = "http.tls_config.ca_file"

// stat is os.Stat, and for certificates a look at what the file holds.
func stat(path string, certificates bool) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || !certificates {
		return info, err
	}
	b, err := os.ReadFile(path)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(b) {
		err = errNoCertificate
	}
	return info, err
}

// namedFile is a file and the entry that names it.
type namedFile struct {
	file
	entry *entry
}

// files notes the files of an entry, to be looked at with those of all others.
func (e *entry) files(files []file) {
	for _, f := range files {
		if f.path != "" && !e.told(f.field) {
			e.loader.files = append(e.loader.files, namedFile{f, e})
		}
	}
}

const (
	// lookTime bounds the look at all files: they may be on a mount that hangs.
	lookTime = 2 * time.Second
	// mostLooks is how many files are looked at at a time. Each that hangs
	// takes a thread.
	mostLooks = 32
)

// checkFiles tells of files that are missing. A secret that is not there yet
// leaves the configuration usable: it is read again until it is there.
func (l *loader) checkFiles() {
	paths := make([]string, len(l.files))
	authorities := map[string]bool{}
	for i, f := range l.files {
		paths[i] = f.path
		authorities[f.path] = authorities[f.path] || f.field == caField
	}
	for i, err := range look(paths, func(path string) (fs.FileInfo, error) { return stat(path, authorities[path]) }) {
		if err == nil {
			continue
		}
		f := l.files[i]
		line := f.entry.lines[f.field]
		if line == 0 {
			line = f.entry.node.Line // it is inherited
		}
		m := &mistake{l.file, line, fmt.Errorf("%s%s: %w", f.entry.prefix, f.field, unusable(f.path, err))}
		if isSecret(f.field) {
			l.warnings = append(l.warnings, m)
		} else {
			l.mistakes = append(l.mistakes, m)
		}
	}
}

// MissingFiles are the files that the tenant needs and that are not there, by
// the fields that name them. It is about a tenant of which no file tells; Load
// looks at those of all tenants by itself.
func (t *Tenant) MissingFiles() []*FieldError {
	var missing []*FieldError
	for _, f := range t.files() {
		if f.path == "" {
			continue
		}
		if err := look([]string{f.path}, func(path string) (fs.FileInfo, error) { return stat(path, f.field == caField) })[0]; err != nil {
			missing = append(missing, &FieldError{Field: f.field, Err: unusable(f.path, err)})
		}
	}
	return missing
}

// isSecret reports whether a field names a file that is read again and again.
func isSecret(field string) bool {
	switch field {
	case "api_key_file", "client_secret_file", "token_file":
		return true
	}
	return false
}

var (
	errHangs     = errors.New("no answer")
	errDirectory = errors.New("a directory")
	// errNoCertificate is a file of certificates that has none.
	errNoCertificate = errors.New("no certificate")
)

// look looks at files, some at a time, and returns what is wrong with each.
// Those that were not looked at in time, since others hang, are taken to be
// there.
func look(paths []string, stat func(string) (fs.FileInfo, error)) []error {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	var mu sync.Mutex
	causes := make([]error, len(paths))
	next := make(chan int)
	var lookers sync.WaitGroup
	for range min(mostLooks, len(paths)) {
		lookers.Go(func() {
			for i := range next {
				mu.Lock()
				causes[i] = errHangs // unless there is another word
				mu.Unlock()
				info, err := stat(paths[i])
				if err == nil && info.IsDir() {
					err = errDirectory
				}
				mu.Lock()
				causes[i] = err
				mu.Unlock()
			}
		})
	}
	go func() {
		defer close(next)
		for i := range paths {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		lookers.Wait()
		cancel()
	}()
	<-ctx.Done()
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(causes)
}

// unusable says what is wrong with a file and what to do.
func unusable(path string, err error) error {
	path = redact.Path(path)
	switch {
	case errors.Is(err, errHangs):
		return fmt.Errorf("reading the file %s takes too long: check the file system that it is on", path)
	case errors.Is(err, errDirectory):
		return fmt.Errorf("%s is a directory: give the name of a file in it", path)
	case errors.Is(err, errNoCertificate):
		return fmt.Errorf("the file %s contains no certificate: write the CA certificate in PEM format, which starts with -----BEGIN CERTIFICATE-----", path)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the file %s does not exist: create it, or use another file name", path)
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // without the path
	}
	return fmt.Errorf("the file %s cannot be read: %w", path, err)
}
