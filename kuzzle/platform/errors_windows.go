package platform

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// Windows has numbers of its own; package syscall's names for those of other systems never match them.
var (
	refused      = []syscall.Errno{windows.WSAECONNREFUSED}
	addressInUse = []syscall.Errno{windows.WSAEADDRINUSE}
	scarce       = []syscall.Errno{windows.WSAEMFILE, windows.WSAENOBUFS, windows.ERROR_TOO_MANY_OPEN_FILES, windows.ERROR_NOT_ENOUGH_MEMORY}
	noFamily     = []syscall.Errno{windows.WSAEAFNOSUPPORT}
)
