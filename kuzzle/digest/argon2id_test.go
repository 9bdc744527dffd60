package digest

import (
	"strings"
	"testing"
)

const salt, sum = "c2FsdHNhbHRzYWx0", "3e5Bw4xtEzeYzvpeOCMcVEkLcGRmtEqXpnv8fvFVY0k"

var refused = []struct{ name, text, want string }{
	{"nothing", "", "empty"},
	{"argon2i", "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + sum, "does not begin"},
	{"no version", "$argon2id$m=64,t=1,p=1$" + salt + "$" + sum, "it is not $argon2id$"},
	{"old version", "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + sum, "it is not $argon2id$"},
	{"parameter missing", "$argon2id$v=19$m=64,t=1$" + salt + "$" + sum, "p is missing"},
	{"parameters swapped", "$argon2id$v=19$t=1,m=64,p=1$" + salt + "$" + sum, "it is not $argon2id$"},
	{"signed", "$argon2id$v=19$m=+64,t=1,p=1$" + salt + "$" + sum, "m is not"},
	{"leading zero", "$argon2id$v=19$m=064,t=1,p=1$" + salt + "$" + sum, "m is not"},
	{"no passes", "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + sum, "t is not"},
	{"too much memory", "$argon2id$v=19$m=262145,t=1,p=1$" + salt + "$" + sum, "memory in KiB is 262145, at most 262144"},
	{"too little memory", "$argon2id$v=19$m=15,t=1,p=2$" + salt + "$" + sum, "15 KiB"},
	{"too many passes", "$argon2id$v=19$m=64,t=17,p=1$" + salt + "$" + sum, "passes is 17, at most 16"},
	{"too many lanes", "$argon2id$v=19$m=640,t=1,p=17$" + salt + "$" + sum, "lanes is 17, at most 16"},
	{"lanes beyond a byte", "$argon2id$v=19$m=64,t=1,p=257$" + salt + "$" + sum, "lanes"},
	{"more than 32 bits", "$argon2id$v=19$m=4294967360,t=1,p=1$" + salt + "$" + sum, "memory in KiB is 4294967360"},
	{"salt short", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$" + sum, "the salt has 4 bytes"},
	{"sum short", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$3e5Bww", "the hash has"},
	{"sum missing", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$", "the hash has 0 bytes"},
	{"padding", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + sum + "=", "it is not $argon2id$"},
	{"loose last bits", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + sum[:42] + "l", "base64"},
	{"line break", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "\n$" + sum, "base64"},
	{"too long", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Repeat("A", 600), "the hash has 450 bytes"},
}

func TestParseRefuses(t *testing.T) {
	for _, row := range refused {
		t.Run(row.name, func(t *testing.T) {
			_, err := Parse(Argon2idName, row.text, Ceilings{})
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("got %v, want an error with %q", err, row.want)
			}
			if strings.Contains(err.Error(), sum) {
				t.Errorf("the error holds the digest: %v", err)
			}
		})
	}
}

// The vector of the reference implementation's test suite (password, somesalt).
func TestVector(t *testing.T) {
	const text = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	stored, err := Parse(Argon2idName, text, Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := stored.Matches("password"), true; got != want {
		t.Errorf("right password: %v, want %v", got, want)
	}
	if got, want := stored.Cost(), (Cost{Memory: 64 << 20, Lanes: 1, Effort: stored.Effort()}); got != want {
		t.Errorf("cost %v, want %v", got, want)
	}
}

func TestHashAndVerify(t *testing.T) {
	hasher := Hasher{Memory: 64, Passes: 1}
	long := strings.Repeat("long ", 800)
	for _, password := range []string{"correct horse", "", "a\x00b", "пароль", "𝒑𝒂𝒔𝒔", long} {
		text := hasher.Hash(password)
		stored, err := Parse(Argon2idName, text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			given string
			want  bool
		}{{password, true}, {password + "x", false}, {password + "\x00", false}, {strings.TrimSuffix(password, "b") + "c", false}} {
			if got := stored.Matches(row.given); got != row.want {
				t.Errorf("%.20q against the digest of %.20q: %v, want %v", row.given, password, got, row.want)
			}
		}
		if hasher.NeedsRenewal(text) {
			t.Errorf("a digest just made needs renewal")
		}
	}
	if hasher.Hash("x") == hasher.Hash("x") {
		t.Error("two digests share a salt")
	}
}

func TestNeedsRenewal(t *testing.T) {
	now := Hasher{Memory: 128, Passes: 2, Lanes: 2}
	for _, row := range []struct {
		name string
		text string
		want bool
	}{
		{"same", now.Decoy(), false},
		{"less memory", Hasher{Memory: 64, Passes: 2, Lanes: 2}.Decoy(), true},
		{"more passes", Hasher{Memory: 128, Passes: 3, Lanes: 2}.Decoy(), true},
		{"short salt", "$argon2id$v=19$m=128,t=2,p=2$" + salt + "$" + sum, true},
		{"other format", "$2b$10$abcdefghijklmnopqrstuu", true},
	} {
		if got := now.NeedsRenewal(row.text); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}
