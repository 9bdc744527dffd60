// Package freeport finds addresses for servers that tests and measurements start as
// processes of their own. A server in the test's process listens on port 0 instead.
package freeport

import "net"

// Address returns an address of the loopback interface, 127.0.0.1:port, that nobody
// listened on a moment ago. Another program may take it before it is used.
func Address() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// failer is the part of testing.TB that is wanted, so that programs that measure do
// not contain package testing.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// ForTest is Address for a test, which fails without one.
func ForTest(t failer) string {
	t.Helper()
	address, err := Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
