//go:build !windows

package platform

import "syscall"

var (
	refused      = []syscall.Errno{syscall.ECONNREFUSED}
	addressInUse = []syscall.Errno{syscall.EADDRINUSE}
	scarce       = []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}
	noFamily     = []syscall.Errno{syscall.EAFNOSUPPORT}
)
