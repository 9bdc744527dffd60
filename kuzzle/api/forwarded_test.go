package api_test

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

func TestForwardedAddr(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", " 192.0.2.1:4711 ": "192.0.2.1", "2001:db8::1": "2001:db8::1", "[2001:db8::1]": "2001:db8::1",
		"[2001:db8::1]:4711": "2001:db8::1", "::ffff:192.0.2.1": "192.0.2.1", "fe80::1%eth0": "fe80::1", "": "", "unknown": "", "192.0.2.1,192.0.2.2": "",
	} {
		got, ok := api.ForwardedAddr(text)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%q: got %v, %v, want %q", text, got, ok, want)
		}
	}
}
