package secretfile

import (
	"context"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/singleflight"
)

// Reader reads the secret files of a process. A file that does not answer, as
// on a mount that hangs, costs those who want it their time and one goroutine,
// however many they are and however often they try.
type Reader struct {
	flights singleflight.Group
	read    func(File) (Secret, error)
}

// NewReader returns a Reader.
func NewReader() *Reader { return &Reader{read: File.Read} }

// Read reads a file, or gives up when ctx ends. It must not be called with a
// lock held. Errors say what to do and never what the file holds.
func (r *Reader) Read(ctx context.Context, f File) (Secret, error) {
	flight := r.flights.DoChan(f.Path+"\x00"+f.What, func() (any, error) { return guarded(f, r.read) })
	select {
	case result := <-flight:
		if result.Err != nil {
			return Secret{}, result.Err
		}
		return result.Val.(Secret), nil
	case <-ctx.Done():
		return Secret{}, f.errorf("could not be read in time: look whether what it is on hangs: %w", context.Cause(ctx))
	}
}

// guarded turns a panic into an error: one in a flight would end the process.
func guarded(f File, read func(File) (Secret, error)) (s Secret, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = f.errorf("cannot be read: %w", fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}
	}()
	return read(f)
}
