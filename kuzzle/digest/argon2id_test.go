package digest

import (
	"strings"
	"testing"
)

// FuzzParse holds the parser to its bounds: what it accepts is within them and
// has one spelling only.
func FuzzParse(f *testing.F) {
	f.Add(Hasher{Memory: 64, Passes: 1, Lanes: 1}.Decoy())
	for _, row := range refused {
		f.Add(row.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseArgon2id(text)
		if err != nil {
			return
		}
		if err := parsed.hasher.Check(); err != nil {
			t.Errorf("accepted parameters that are out of bounds: %v", err)
		}
		if got := parsed.hasher.encode(parsed.salt, parsed.sum); got != text {
			t.Errorf("accepted a second spelling:\n got %q\nwant %q", text, got)
		}
	})
}

const salt, sum = "c2FsdHNhbHRzYWx0", "3e5Bw4xtEzeYzvpeOCMcVEkLcGRmtEqXpnv8fvFVY0k"

var refused = []struct{ name, text, want string }{
	{"nothing", "", "another format"},
	{"argon2i", "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + sum, "another format"},
	{"no version", "$argon2id$m=64,t=1,p=1$" + salt + "$" + sum, "3 parts"},
	{"old version", "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + sum, "version"},
	{"parameter missing", "$argon2id$v=19$m=64,t=1$" + salt + "$" + sum, "parameters"},
	{"parameters swapped", "$argon2id$v=19$t=1,m=64,p=1$" + salt + "$" + sum, "m="},
	{"signed", "$argon2id$v=19$m=+64,t=1,p=1$" + salt + "$" + sum, "m="},
	{"leading zero", "$argon2id$v=19$m=064,t=1,p=1$" + salt + "$" + sum, "m="},
	{"no passes", "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + sum, "t="},
	{"too much memory", "$argon2id$v=19$m=262145,t=1,p=1$" + salt + "$" + sum, "262145 KiB"},
	{"too little memory", "$argon2id$v=19$m=15,t=1,p=2$" + salt + "$" + sum, "15 KiB"},
	{"too many passes", "$argon2id$v=19$m=64,t=17,p=1$" + salt + "$" + sum, "17 passes"},
	{"too many lanes", "$argon2id$v=19$m=640,t=1,p=17$" + salt + "$" + sum, "17 lanes"},
	{"lanes beyond a byte", "$argon2id$v=19$m=64,t=1,p=257$" + salt + "$" + sum, "257 lanes"},
	{"more than 32 bits", "$argon2id$v=19$m=4294967360,t=1,p=1$" + salt + "$" + sum, "m="},
	{"salt short", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$" + sum, "salt of 4 bytes"},
	{"sum short", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$3e5Bww", "sum"},
	{"sum missing", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$", "sum of 0 bytes"},
	{"padding", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + sum + "=", "base64"},
	{"loose last bits", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + sum[:42] + "l", "base64"},
	{"line break", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "\n$" + sum, "base64"},
	{"too long", "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Repeat("A", 600), "longer"},
}

func TestParseRefuses(t *testing.T) {
	for _, row := range refused {
		t.Run(row.name, func(t *testing.T) {
			_, err := Argon2id{}.Parse(row.text)
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
	stored, err := Argon2id{}.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := stored.Matches("password"), true; got != want {
		t.Errorf("right password: %v, want %v", got, want)
	}
	if got, want := stored.Cost(), (Cost{Memory: 64 << 20, Lanes: 1}); got != want {
		t.Errorf("cost %v, want %v", got, want)
	}
}

func TestHashAndVerify(t *testing.T) {
	hasher := Hasher{Memory: 64, Passes: 1}
	long := strings.Repeat("long ", 800)
	for _, password := range []string{"correct horse", "", "a\x00b", "пароль", "𝒑𝒂𝒔𝒔", long} {
		text := hasher.Hash(password)
		stored, err := Argon2id{}.Parse(text)
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
