package argon2

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the least size to map: smaller memory would only be rounded up.
const hugePage = 2 << 20

// mapped returns memory outside the Go heap, in huge pages if the kernel has some; nil for
// little memory or if the mapping fails.
func mapped(n int64) *Memory {
	size := n * blockSize
	if size < hugePage {
		return nil
	}
	// A huge page needs an address that is a multiple of its size.
	area, err := unix.Mmap(-1, 0, int(size+hugePage), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil
	}
	skip := -uintptr(unsafe.Pointer(&area[0])) & (hugePage - 1)
	inside := area[skip : int64(skip)+size]
	_ = unix.Madvise(inside, unix.MADV_HUGEPAGE) // quicker, but not needed
	_ = unix.Madvise(inside, unix.MADV_DONTDUMP) // core dumps leave out secret memory
	return &Memory{
		blocks: unsafe.Slice((*block)(unsafe.Pointer(&inside[0])), n),
		free:   func() { _ = unix.Munmap(area) }, // cannot fail for a whole mapping
	}
}
