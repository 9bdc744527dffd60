package digest

import (
	"errors"
	"strings"
	"testing"
)

func TestGuess(t *testing.T) {
	const bcrypt = "$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG"
	hex32, hex64 := strings.Repeat("5f4dcc3b", 4), strings.Repeat("5f4dcc3b", 8)
	for _, row := range []struct {
		text, want string
		err        error
	}{
		{bcrypt, "bcrypt", nil},
		{bcrypt + "$pepper", "bcrypt_peppered", nil},
		{"$wp" + bcrypt, "wordpress", nil},
		{"bcrypt$" + bcrypt, "django", nil},
		{"bcrypt_sha256$" + bcrypt, "bcrypt_sha256_django", nil},
		{"{CRYPT}" + bcrypt, "ldap_crypt", nil},
		{hex64, "sha256", nil},
		{"salt$" + hex32, "md5_salted", nil},
		{"md5$salt$" + hex32, "django", nil},
		{"$P$984478476IagS59wHZvyQMArzfx58u.", "phpass", nil},
		{"awscognito#eu-west-3_abc#client#jane", "awscognito", nil},
		{"pbkdf2_sha256$20000$H0dPx8NeajVu1$GiC4k5kqbbR9qWBlsRgDywNqC2vd9kqfk7zdorEnNas=", "pbkdf2_sha256_django", nil},
		{"pbkdf2_sha256$20000$H0dPx8NeajVu$GiC4k5kqbbR9qWBlsRgDywNqC2vd9kqfk7zdorEnNas=", "", ErrAmbiguous},
		{hex32, "", ErrAmbiguous},
		{strings.Replace(bcrypt, "$10$", "$31$", 1), "", ErrTooExpensive},
		{bcrypt[:50], "", ErrMalformed},
		{"nothing of the kind", "", ErrMalformed},
		{"", "", ErrMalformed},
	} {
		d, err := Guess(row.text, Ceilings{})
		if row.err != nil || err != nil {
			if !errors.Is(err, row.err) {
				t.Errorf("%.40q: %v, want %v", row.text, err, row.err)
			}
			continue
		}
		if got := d.Describe().Hasher; got != row.want {
			t.Errorf("%.40q: %s, want %s", row.text, got, row.want)
		}
	}
}

// A digest that is imported under its name is, without it, either that or one
// of several to choose from that include it.
func TestGuessAgreesWithNames(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Malformed {
			continue
		}
		found := false
		for _, c := range Identify(v.Digest, Ceilings{}) {
			found = found || c.Format.Name() == v.Hasher && c.Problem == nil
		}
		if !found {
			t.Errorf("%s %.60q is not among its own candidates", v.Hasher, v.Digest)
		}
	}
}

func TestExamine(t *testing.T) {
	report := Examine(strings.Repeat("5f4dcc3b", 4), Ceilings{})
	if !report.Ambiguous || !strings.Contains(report.Advice, "32 hex digits: md5 or wordpress?") {
		t.Errorf("got %+v, want both formats named", report)
	}
	for _, v := range vectors(t) {
		for _, c := range Examine(v.Digest, Ceilings{}).Candidates {
			if strings.Contains(c.Problem, v.Digest) && len(v.Digest) > 8 {
				t.Errorf("%s %.60q: the report shows it", v.Hasher, v.Digest)
			}
		}
	}
}

func TestStrength(t *testing.T) {
	for _, row := range []struct {
		hasher, text string
		want         Strength
	}{
		{"argon2id", Hasher{Memory: 64, Passes: 1, Lanes: 1}.Decoy(), Weak},
		{"argon2id", Hasher{Memory: 4096, Passes: 3, Lanes: 1}.Decoy(), Fair},
		{"argon2id", Hasher{Memory: 19 << 10, Passes: 2, Lanes: 1}.Decoy(), Strong},
		{"bcrypt", Bcrypt{Rounds: 4}.Decoy(), Weak},
		{"bcrypt", Bcrypt{Rounds: 8}.Decoy(), Fair},
		{"bcrypt", Bcrypt{Rounds: 10}.Decoy(), Strong},
		{"md5", strings.Repeat("ab", 16), Weak},
		{"sha512_symfony", "sha512_symfony$5000000$salt$" + strings.Repeat("A", 86) + "==", Weak},
		{"pbkdf2_sha512", "pbkdf2_sha512$210000$salt$" + strings.Repeat("ab", 64), Strong},
		{"md5_phpass", "$P$F84478476IagS59wHZvyQMArzfx58u.", Weak},
	} {
		d, err := Parse(row.hasher, row.text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Describe().Strength; got != row.want {
			t.Errorf("%s %.40s: %s, want %s", row.hasher, row.text, got, row.want)
		}
	}
}

// Our own digests never truncate; an imported bcrypt digest does, as its source
// did.
func TestTruncation(t *testing.T) {
	long := strings.Repeat("x", MaxBcryptPassword)
	own := Bcrypt{Rounds: 4, Long: Hasher{Memory: 64, Passes: 1, Lanes: 1}}
	for _, row := range []struct {
		name, made, given string
		own, foreign      bool
	}{
		{"72 bytes", long, long, true, true},
		{"a tail that bcrypt does not see", long, long + "y", false, true},
		{"NUL in the middle", "a\x00b", "a\x00c", false, false},
	} {
		text := own.Hash(row.made)
		mine, err := ParseOwn(text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := Parse(BcryptName, text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		if got := mine.Matches(row.given); got != row.own {
			t.Errorf("%s: our own %v, want %v", row.name, got, row.own)
		}
		if got := theirs.Matches(row.given); got != row.foreign {
			t.Errorf("%s: imported %v, want %v", row.name, got, row.foreign)
		}
	}
	if text := own.Hash(long + "y"); !strings.HasPrefix(text, "$argon2id$") {
		t.Errorf("a password of 73 bytes was kept as %.10s", text)
	}
}

// A ceiling holds when a digest is imported and when it is read again.
func TestCeilings(t *testing.T) {
	digests := map[string]string{
		"argon2id": Hasher{Memory: 1024, Passes: 3, Lanes: 2}.Decoy(), "bcrypt": Bcrypt{Rounds: 10}.Decoy(),
		"pbkdf2_sha512":  "pbkdf2_sha512$1001$salt$" + strings.Repeat("ab", 64),
		"sha512_symfony": "sha512_symfony$1001$salt$" + strings.Repeat("A", 86) + "==",
		"scrypt_phc":     "$scrypt$ln=14,r=8,p=1$0jpHiJFy7j3nvDeG8B5jbA$HCvZVJYdzIOEqlDKo889qCk3O2d6TRD88zO+1NaimzI",
		"phpass":         "$P$984478476IagS59wHZvyQMArzfx58u.",
		"sha512_crypt":   "$6$rounds=1001$salt$" + strings.Repeat("a", 86),
		"yescrypt":       "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$yatFs4BgbIx2IhbNgWG4puTeqwgqpjXlnWWtEEGgPP5",
	}
	low := Ceilings{Argon2Memory: 1 << 19, BcryptCost: 9, Iterations: 1000, ScryptMemory: 1 << 20, PhpassRounds: 8, CryptRounds: 1000}
	for hasher, text := range digests {
		if _, err := Parse(hasher, text, Ceilings{}); err != nil {
			t.Errorf("%s under the usual ceilings: %v", hasher, err)
		}
		if _, err := Parse(hasher, text, low); !errors.Is(err, ErrTooExpensive) {
			t.Errorf("%s under low ceilings: %v, want too_expensive", hasher, err)
		}
	}
}
