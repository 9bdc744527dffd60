//go:build unix

package network

import "syscall"

// descriptors returns the maximum number of files and connections that the
// process may have open.
func descriptors() (limit uint64, known bool) {
	var of syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &of)
	return uint64(of.Cur), err == nil
}
