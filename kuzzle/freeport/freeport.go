// Package freeport finds addresses for servers that tests and measurements start as
// separate processes. A server in the test's process listens on port 0 instead.
package freeport

import "net"

// Address returns a loopback address, 127.0.0.1:port, that was unused a moment ago.
// Another program may take it before it is used.
func Address() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// failer is the used part of testing.TB, so that measuring programs do not contain
// package testing.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// ForTest is like Address for a test, which fails without an address.
func ForTest(t failer) string {
	t.Helper()
	address, err := Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
