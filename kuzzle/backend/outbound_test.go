package backend

import (
	"net"
	"testing"
)

// No address that stands for this machine or its network may be connected to,
// however it is wrapped.
func TestOutboundReachesPublicAddressesOnly(t *testing.T) {
	tests := map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "fd00::1": false, "fec0::1": false,
		"169.254.169.254": false, "fe80::1": false, "100.64.0.1": false,
		"192.0.0.192": false, "198.18.0.1": false, "224.0.0.1": false, "ff02::1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "::ffff:0:127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::a00:1": false,
		"2002:7f00:1::1": false, "2001:0:7f00:1::": false,
	}
	for addr, want := range tests {
		err := publicOnly("tcp", net.JoinHostPort(addr, "443"), nil)
		if got := err == nil; got != want {
			t.Errorf("%s: allowed %t (%v), want %t", addr, got, err, want)
		}
	}
}
