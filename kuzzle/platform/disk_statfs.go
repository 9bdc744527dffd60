//go:build linux || darwin || freebsd

package platform

import "syscall"

// FreeSpace returns the free space of a file system for the user of this
// process, in bytes.
func FreeSpace(dir string) (bytes int64, known bool) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true
}
