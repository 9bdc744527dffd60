package platform

import "golang.org/x/sys/unix"

// Memory returns the memory of the machine in bytes, where no file tells it.
func Memory() (bytes int64, known bool) {
	size, err := unix.SysctlUint64("hw.memsize")
	return int64(size), err == nil
}
