//go:build unix

package estest

import "syscall"

// Freeze suspends a node that was started here, like a hanging machine; Thaw
// resumes it.
func (n *Node) Freeze() { _ = n.process.Process.Signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (n *Node) Thaw() { _ = n.process.Process.Signal(syscall.SIGCONT) }
