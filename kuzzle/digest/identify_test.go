package digest

import (
	"encoding/hex"
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
		{bcrypt + "\n", "bcrypt", nil},
		{"  " + bcrypt + "   ", "bcrypt", nil},
		{"sha256$salt$" + hex64, "werkzeug_hmac", nil},
		{"sha1$salt$" + hex32 + "5f4dcc3b", "django", nil},
		// What only resembles a format is none.
		{"$5a$nonsense$" + hex64, "", ErrMalformed},
		{"scrypt$16384$8$1$0011$" + hex64, "", ErrMalformed},
		{"pbkdf2$1000$salt$" + hex32, "", ErrMalformed},
		{"a$b$" + hex64, "", ErrMalformed},
		{"sha256$" + hex64, "", ErrMalformed},
		{"pbkdf2_sha256$1000$salt$" + hex64, "", ErrMalformed},
		{strings.Replace(bcrypt, "$10$", "$31$", 1), "", ErrTooExpensive},
		{bcrypt[:50], "", ErrMalformed},
		{"nothing of the kind", "", ErrMalformed},
		{"", "", ErrMalformed},
	} {
		d, err := Guess(Tidy(row.text), Ceilings{})
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

// Digests that Clerk's own pages print are accepted as printed.
func TestPrintedExamples(t *testing.T) {
	for hasher, text := range map[string]string{
		"argon2i":  "$argon2i$v=19$m=4096,t=3,p=1$4t6CL3P7YiHBtwESXawI8Hm20zJj4cs7/4/G3c187e0$m7RQFczcKr5bIR0IIxbpO2P0tyrLjf3eUW3M3QSwnLc",
		"argon2id": "$argon2id$v=19$m=64,t=4,p=8$Z2liZXJyaXNo$iGXEpMBTDYQ8G/71tF0qGjxRHEmR3gpGULcE93zUJVU",
		"md5":      "5f4dcc3b5aa765d61d8327deb882cf99",
		"sha256":   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	} {
		if _, err := Parse(hasher, text, Ceilings{}); err != nil {
			t.Errorf("%s: %v", hasher, err)
		}
	}
}

// Forms that Ory Kratos writes.
func TestKratos(t *testing.T) {
	b64 := func(text string) string { return std64.EncodeToString([]byte(text)) }
	sum := func(a algorithm, text string) string { return std64.EncodeToString(a.of([]byte(text))) }
	mac := sha256Hash.keyed([]byte("12345")).sum([]byte("test"))
	for _, row := range []struct{ text, password string }{
		{"$hmac-sha256$" + b64(hexText(mac)) + "$" + b64("12345"), "test"},
		{"$md5$" + sum(md5Hash, "test"), "test"},
		{"$md5$pf=" + b64("{SALT}{PASSWORD}") + "$" + b64("salt") + "$" + sum(md5Hash, "salttest"), "test"},
		{"$sha256$pf=" + b64("{PASSWORD}:{SALT}") + "$" + b64("salt") + "$" + sum(sha256Hash, "test:salt"), "test"},
		{"$sha1$pf=" + b64("{SALT}{PASSWORD}{SALT}") + "$" + b64("{PASSWORD}") + "$" + sum(sha1Hash, "{PASSWORD}test{PASSWORD}"), "test"},
		{"$sha512-crypt$52450745$k5ka2p8bFuSmoVT1tzOyyuaREkkKBcCNqoDKzYiJL9RaE8yMnPgh2XzzF0NDrUhgrcLwg78xs1w5pJiypEdFX/", "hashcat"},
		{"$sha256-crypt$rounds=5000$GX7BopJZJxPc/KEK$le16UF8I2Anb.rOrn22AUPWvzUETDGefUmAV8AZkGcD", "hashcat"},
		{"$md5-crypt$28772684$iEwNOgGugqO9.bIz5sk8k/", "hashcat"},
		{"$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$Bw==$" +
			"jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==", "user1password"},
	} {
		d, err := Guess(row.text, Ceilings{})
		if err != nil {
			t.Errorf("%s: %v", row.text, err)
			continue
		}
		if d.Describe().Hasher != "kratos" || !d.Matches(row.password) || d.Matches(row.password+"x") {
			t.Errorf("%s as %s: %q %v, another %v", row.text, d.Describe().Hasher, row.password, d.Matches(row.password), d.Matches(row.password+"x"))
		}
		if w, ok := Wrap(t.Context(), d, Hasher{Memory: 64, Passes: 1, Lanes: 1}); !ok || !w.Matches(row.password) || w.text == row.text {
			t.Errorf("%s, wrapped: %v", row.text, ok)
		}
	}
	for _, text := range []string{
		"$sha256$pf=" + b64("{SALT}") + "$" + b64("salt") + "$" + sum(sha256Hash, "salt"),
		"$sha256$" + sum(sha256Hash, "test"), "$hmac-sha256$" + sum(sha256Hash, "x") + "$" + b64("k"), "$md4$x", "$sha256$", "$",
	} {
		if _, err := Parse("kratos", text, Ceilings{}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want malformed", text, err)
		}
	}
}

func hexText(raw []byte) string { return hex.EncodeToString(raw) }

// TestStarts: no format claims a text that begins with another character than it says.
func TestStarts(t *testing.T) {
	texts := []string{"", " {}", "\t{\"userSalt\":\"\",\"userPassword\":\"\"}", "U$S$", "$H$", "#jbcrypt:", ":A:x:y", "1|$2", "{sha}x"}
	for _, v := range vectors(t) {
		texts = append(texts, v.Digest)
	}
	for _, f := range formats {
		g := f.(grammar)
		for _, text := range texts {
			for _, c := range "$#{ \t\nAUcspbma123:0fFz" {
				if other := string(c) + text[min(1, len(text)):]; g.starts != "" && !strings.ContainsRune(g.starts, c) && g.claim(other) != None {
					t.Errorf("%s claims a text that begins with %q", g.name, c)
				}
			}
		}
	}
}

// TestUnknownHasherHidesDigests: a digest in the place of a format's name is not quoted; the error
// goes into reports and logs.
func TestUnknownHasherHidesDigests(t *testing.T) {
	for text, hidden := range map[string]bool{
		"$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG": true, strings.Repeat("5f4dcc3b", 4): true, "{SSHA}1N+KwAtckHC7a5UlnxtnWlYjvrFzYWx0c2FsdA==": true,
		"rot13": false, "BCRYPT": false,
	} {
		if _, err := Parse(text, "x", Ceilings{}); !errors.Is(err, ErrUnknownHasher) || strings.Contains(err.Error(), text[:5]) == hidden {
			t.Errorf("%s: %v", text, err)
		}
	}
}
