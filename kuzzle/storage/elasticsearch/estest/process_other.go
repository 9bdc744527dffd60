//go:build !linux

package estest

import "syscall"

func bound() *syscall.SysProcAttr { return nil }
