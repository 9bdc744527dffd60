package estest

import "syscall"

// bound makes a node end with the test binary that started it, even if the
// binary is killed.
func bound() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
