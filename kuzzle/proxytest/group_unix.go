//go:build unix

package proxytest

import "syscall"

// ownGroup starts a proxy in a process group of its own.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// signal signals a proxy and its workers, which are in its process group.
func (p *Proxy) signal(s syscall.Signal) { _ = syscall.Kill(-p.command.Process.Pid, s) }
