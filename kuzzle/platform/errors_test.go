package platform

import (
	"net"
	"os"
	"testing"
)

// TestErrors makes the system say each error.
func TestErrors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if _, err := net.Listen("tcp", address); !AddressInUse(err) || Refused(err) || Scarce(err) {
		t.Errorf("an address in use: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", address); !Refused(err) || AddressInUse(err) || Scarce(err) {
		t.Errorf("nobody listens: %v", err)
	}
	for _, number := range scarce {
		if err := os.NewSyscallError("accept", number); !Scarce(err) {
			t.Errorf("%v is not scarce", err)
		}
	}
	if err := os.NewSyscallError("socket", noFamily[0]); !NoSocketsInFolders(err) {
		t.Errorf("%v has sockets", err)
	}
	if Refused(nil) || AddressInUse(nil) || Scarce(nil) || NoSocketsInFolders(nil) {
		t.Error("no error is one")
	}
}
