//go:build unix

package losstest

import (
	"syscall"
	"testing"
)

// mostDescriptors is how many files and connections a process may have open.
func mostDescriptors(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(limit.Max)
}
