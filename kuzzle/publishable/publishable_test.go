package publishable_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
)

func TestFrontendAPI(t *testing.T) {
	for _, test := range []struct{ publicURL, listen, want string }{
		{"", "127.0.0.1:7512", "127.0.0.1:7512/kuzzle.clerk.accounts.dev"},
		{"", ":7512", "127.0.0.1:7512/kuzzle.clerk.accounts.dev"},
		{"", "0.0.0.0:80", "127.0.0.1:80/kuzzle.clerk.accounts.dev"},
		{"", "[::]:80", "127.0.0.1:80/kuzzle.clerk.accounts.dev"},
		{"", "localhost:1", "localhost:1/kuzzle.clerk.accounts.dev"},
		{"https://example.com", ":7512", "clerk.example.com"},
		{"https://auth.example.com/", ":7512", "clerk.auth.example.com"},
		{"https://clerk.example.com/kuzzle", ":7512", "clerk.example.com"},
		{"https://example.com:8443", ":7512", "clerk.example.com:8443"},
		{"http://192.0.2.7:7512", ":80", "192.0.2.7:7512/kuzzle.clerk.accounts.dev"},
		{"http://localhost:3000", ":80", "localhost:3000/kuzzle.clerk.accounts.dev"},
	} {
		got := publishable.FrontendAPI(test.publicURL, test.listen)
		if got != test.want {
			t.Errorf("%q at %q: %s, want %s", test.publicURL, test.listen, got, test.want)
		}
		if err := publishable.Check(got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}

// TestKeys reads the keys as client libraries do.
func TestKeys(t *testing.T) {
	keys := publishable.For("127.0.0.1:7512/kuzzle.clerk.accounts.dev")
	for prefix, key := range map[string]string{"pk_test_": keys.Test, "pk_live_": keys.Live} {
		payload, is := strings.CutPrefix(key, prefix)
		text, err := base64.StdEncoding.DecodeString(payload)
		if host, ends := strings.CutSuffix(string(text), "$"); !is || err != nil || !ends || strings.Contains(host, "$") || "https://"+host != keys.Issuer {
			t.Errorf("%s says %q, %v; the issuer is %s", key, text, err, keys.Issuer)
		}
	}
	named := publishable.For("clerk.example.com")
	if got, want := named.Live, "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if named.Test != "" {
		t.Errorf("an instance of production has the test key %s", named.Test)
	}
}

func TestCheck(t *testing.T) {
	for _, wrong := range []string{"", "localhost", "https://clerk.example.com", "clerk.example.com/", "clerk.example.com$", "a b.c", "a.b?c", "a.b#c", "u@a.b", "a.b:x", "a.b//c", strings.Repeat("a.", 200)} {
		if publishable.Check(wrong) == nil {
			t.Errorf("%.30q is taken", wrong)
		}
	}
}
