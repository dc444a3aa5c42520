//go:build unix

package web

import "syscall"

// openFiles is how many files and connections the process may have open, or 0
// where nobody knows.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<20))
}
