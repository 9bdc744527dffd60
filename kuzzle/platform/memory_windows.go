package platform

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var globalMemoryStatus = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")

// memoryStatus is what Windows calls MEMORYSTATUSEX.
type memoryStatus struct {
	length, load uint32
	total        uint64
	_            [6]uint64
}

// Memory returns the memory of the machine in bytes, where no file tells it.
func Memory() (bytes int64, known bool) {
	var status memoryStatus
	status.length = uint32(unsafe.Sizeof(status))
	done, _, _ := globalMemoryStatus.Call(uintptr(unsafe.Pointer(&status)))
	return int64(status.total), done != 0
}
