package reload

import (
	"context"
	"crypto/sha256"
	"os"
	"time"
)

// settleTime is how long a changed file has to stay as it is before it is read:
// half of a list of tenants may be a valid list too.
const settleTime = time.Second

// digest tells one content of a file from another. That of a file that cannot
// be read tells why.
type digest [sha256.Size]byte

func digestOf(file string) digest {
	b, err := os.ReadFile(file)
	if err != nil {
		return sha256.Sum256([]byte("cannot be read: " + err.Error()))
	}
	return sha256.Sum256(b)
}

// Watch looks at the file at each interval, until ctx ends, and puts it into
// force when its content has changed. It looks at the content and not at the
// file, so that it does not matter whether an editor wrote it, a rename put
// another in its place, or Kubernetes swapped a link on the way to it.
//
// A file that cannot be put into force is tried again at each interval, since
// what it lacks may be another file. The reason goes to failed once, and again
// only when it is another one.
func (s *Store) Watch(ctx context.Context, interval time.Duration, failed func(error)) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if !s.settle(ctx) {
			continue
		}
		if err := s.reloadChanged(); err != nil {
			failed(err)
		}
	}
}

// settle reports whether there is something to try. It waits for the end of a
// change, and returns false when ctx ends before.
func (s *Store) settle(ctx context.Context) bool {
	now := digestOf(s.source.File)
	s.mu.Lock()
	changed, failed := now != s.tried, s.failure != nil
	s.mu.Unlock()
	if !changed {
		return failed
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(settleTime):
		}
		before := now
		if now = digestOf(s.source.File); now == before {
			return true
		}
	}
}

// reloadChanged reloads unless somebody else has done so with success. Its error
// is one that was not told yet.
func (s *Store) reloadChanged() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.failure
	if before == nil && digestOf(s.source.File) == s.tried {
		return nil
	}
	err := s.reload()
	if err != nil && before != nil && err.Error() == before.Error() {
		return nil
	}
	return err
}
