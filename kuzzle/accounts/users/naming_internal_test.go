package users

import (
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/strategies"
)

var folded Naming

func TestExactKeys(t *testing.T) {
	exact := Naming{Exact: true}
	for _, test := range []struct{ kind, value, want string }{
		{"username", "JDoe ", "1x:username:JDoe "},
		{"username", "Ada@Example.com", "1x:email:Ada@Example.com"},
		{"phone", "+15555550100", "1x:phone:+15555550100"},
		{"keyId", "K1", "1x:api-secret.keyId:K1"},
	} {
		got, err := exact.ClaimKey("api-secret", strategies.Identifier{Kind: test.kind, Value: test.value})
		if err != nil || got != test.want {
			t.Errorf("%s %q: %q (%v), want %q", test.kind, test.value, got, err, test.want)
		}
	}
	if key, err := exact.ClaimKey("local", strategies.Identifier{Kind: "username", Value: " \u200b"}); err == nil {
		t.Errorf("a name that nobody sees is %q", key)
	}
}

func TestClaimKeys(t *testing.T) {
	same := []struct{ name, a, b string }{
		{"case", "jdoe", "JDoe"},
		{"full width", "jdoe", "ＪＤＯＥ"},
		{"sharp s", "straße", "STRASSE"},
		{"composed and decomposed", "zo\u00eb", "zoe\u0308"},
		{"zero-width characters", "jdoe", "j\u200bdo\u2060e\ufeff"},
		{"a zero-width character before an accent", "zo\u00eb", "zoe\u200d\u0308"},
		{"a zero-width character between two accents", "a\u0323\u0308", "a\u0308\u200d\u0323"},
		{"soft hyphen", "jdoe", "jd\u00adoe"},
		{"variation selector", "jdoe", "jdoe\ufe0f"},
		{"outer spaces", "jdoe", "  jdoe\u3000"},
		{"ligature", "office", "o\ufb03ce"},
		{"Kelvin sign", "kelvin", "\u212aelvin"},
		{"an address", "Ada@Example.com", "ada@example.COM"},
	}
	for _, test := range same {
		a, errA := folded.ClaimKey("local", strategies.Identifier{Kind: "username", Value: test.a})
		b, errB := folded.ClaimKey("local", strategies.Identifier{Kind: "username", Value: test.b})
		if errA != nil || errB != nil || a != b {
			t.Errorf("%s: %q is %q (%v), %q is %q (%v)", test.name, test.a, a, errA, test.b, b, errB)
		}
	}
	different := []struct{ name, a, b string }{
		{"other letters", "jdoe", "jdoé"},
		{"Cyrillic", "paypal", "раураl"},
		{"inner space", "jdoe", "j doe"},
	}
	for _, test := range different {
		a, _ := folded.ClaimKey("local", strategies.Identifier{Kind: "username", Value: test.a})
		b, _ := folded.ClaimKey("local", strategies.Identifier{Kind: "username", Value: test.b})
		if a == b {
			t.Errorf("%s: %q and %q have one key, %q", test.name, test.a, test.b, a)
		}
	}
}

func TestClaimKindFollowsTheValue(t *testing.T) {
	tests := []struct{ kind, value, want string }{
		{"username", "jdoe", "1:username:jdoe"},
		{"username", "Ada@Example.com", "1:email:ada@example.com"},
		{"email", "ada@example.com", "1:email:ada@example.com"},
		{"username", "+15555550100", "1:phone:+15555550100"},
		{"phone", "+15555550100", "1:phone:+15555550100"},
		{"username", "+0", "1:username:+0"},
		{"keyId", "K1", "1:api-secret.keyId:k1"},
	}
	for _, test := range tests {
		got, err := folded.ClaimKey("api-secret", strategies.Identifier{Kind: test.kind, Value: test.value})
		if err != nil || got != test.want {
			t.Errorf("%s %q: %q (%v), want %q", test.kind, test.value, got, err, test.want)
		}
	}
	for _, value := range []string{"", "   ", "\u200b\u2060", "a\xffb", strings.Repeat("x", maxIdentifier+1)} {
		if key, err := folded.ClaimKey("local", strategies.Identifier{Kind: "username", Value: value}); err == nil {
			t.Errorf("%.20q was accepted as %.40q", value, key)
		}
	}
}

// FuzzClaimKey checks that a key is short UTF-8, and that folding a folded value changes nothing,
// so that every spelling has the same claim.
func FuzzClaimKey(f *testing.F) {
	for _, seed := range []string{"jdoe", "ＪＤＯＥ", "straße", "a@b.c", "+15555550100", "\u200b", "ǅ", "\u0345α", "ﷺ", strings.Repeat("é", 400)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		key, err := folded.ClaimKey("local", strategies.Identifier{Kind: "username", Value: value})
		if err != nil {
			return
		}
		if len(key) > maxKey || !utf8.ValidString(key) {
			t.Errorf("%q has the key %q", value, key)
		}
		again, err := folded.ClaimKey("local", strategies.Identifier{Kind: "username", Value: Fold(value)})
		if err != nil || again != key {
			t.Errorf("%q folds to %q with the key %q (%v), want %q", value, Fold(value), again, err, key)
		}
	})
}

// TestPlainAddresses checks, for every text of a few characters, that the parser accepts the
// addresses that skip it.
func TestPlainAddresses(t *testing.T) {
	texts, spared := []string{""}, 0
	for range 7 {
		var longer []string
		for _, text := range texts {
			for _, c := range "aZ.-+@" {
				longer = append(longer, text+string(c))
			}
		}
		texts = longer
		for _, text := range texts {
			local, domain, _ := strings.Cut(text, "@")
			if !isDotted(local) || !isDotted(domain) {
				continue
			}
			spared++
			if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
				t.Fatalf("%q is no address: %v", text, err)
			}
		}
	}
	if spared < 10_000 {
		t.Errorf("the parser is spared for %d addresses", spared)
	}
}
