//go:build !unix

package proxytest

import "syscall"

func ownGroup() *syscall.SysProcAttr { return nil }

// signal ends a proxy: here programs get no signals.
func (p *Proxy) signal(syscall.Signal) { _ = p.command.Process.Kill() }
