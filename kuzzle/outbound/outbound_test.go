package outbound

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// No address that stands for this machine or its network may be connected to,
// however it is wrapped.
func TestPublicAddressesOnly(t *testing.T) {
	tests := map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "fd00::1": false, "fec0::1": false,
		"169.254.169.254": false, "fe80::1": false, "100.64.0.1": false,
		"192.0.0.192": false, "198.18.0.1": false, "224.0.0.1": false, "ff02::1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "::ffff:0:127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::a00:1": false,
		"64:ff9b::7f00:1%lo": false, "2002:7f00:1::%lo": false, "fec0::1%eth0": false, "::7f00:1%lo": false,
		"2002:7f00:1::1": false, "2001:0:7f00:1::": false,
	}
	for addr, want := range tests {
		err := publicOnly("tcp", net.JoinHostPort(addr, "443"), nil)
		if got := err == nil; got != want {
			t.Errorf("%s: allowed %t (%v), want %t", addr, got, err, want)
		}
	}
}

// TestClient: a client connects to public addresses only, for any name, unless
// it may connect to private ones; and it follows no redirect.
func TestClient(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked++
		http.Redirect(w, req, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		to := "http://" + net.JoinHostPort(host, port)
		if res, err := Client(false).Post(to, "", nil); !errors.Is(err, errInternalAddress) {
			t.Errorf("%s: %v, %v, want a refusal", host, res, err)
		}
	}
	if asked != 0 {
		t.Errorf("asked %d times", asked)
	}
	client := Client(true)
	defer client.CloseIdleConnections()
	res, err := client.Post(server.URL, "", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusTemporaryRedirect || asked != 1 {
		t.Errorf("status %d after %d requests, want the redirect itself after one", res.StatusCode, asked)
	}
	if client.Timeout != timeout {
		t.Errorf("waits for %s, want %s", client.Timeout, timeout)
	}
}
