package digest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/crypt"
)

// costliest is the effort of the costliest digest within the ceilings, for a
// password of the usual length.
func costliest(most Ceilings) time.Duration {
	return max(
		argon2KDF{memory: most.Argon2Memory >> 10, passes: most.Argon2Passes}.effort(),
		bcryptKDF{rounds: most.BcryptCost}.effort(),
		pbkdf2KDF{prf: sha512Hash, iterations: most.Iterations, size: sha512Hash.size}.effort(),
		time.Duration(most.ScryptMemory)*perByte,
		time.Duration(most.CryptRounds)*600*time.Nanosecond,
	)
}

// dearest are the costliest digests that each format may have whose cost grows
// with the password, and one that Linux distributions made by default.
func dearest() map[string]string {
	return map[string]string{
		"sha512_crypt":   "$6$rounds=1000000$0123456789abcdef$" + strings.Repeat(".", 86),
		"sha256_crypt":   "$5$rounds=1000000$0123456789abcdef$" + strings.Repeat(".", 43),
		"md5_crypt":      "$1$01234567$" + strings.Repeat(".", 22),
		"apr_md5_crypt":  "$apr1$01234567$" + strings.Repeat(".", 22),
		"phpass":         "$P$I01234567" + strings.Repeat(".", 22),
		"drupal7":        "$S$I01234567" + strings.Repeat(".", 43),
		"sha512_symfony": "sha512_symfony$5000000$" + strings.Repeat("s", 62) + "$" + strings.Repeat("A", 86) + "==",
		"ldap_crypt":     "{CRYPT}$6$rounds=656000$0123456789abcdef$" + strings.Repeat(".", 86),
		"kratos":         "$sha512-crypt$rounds=656000$0123456789abcdef$" + strings.Repeat(".", 86),
	}
}

// No password, however long, makes a digest cost more than the costliest that
// there may be costs with a password of 16 bytes. So it is with what unknown
// names are verified against, which is a digest of the same format.
func TestNoPasswordCostsMoreThanTheCostliestDigest(t *testing.T) {
	most := costliest(Ceilings{}.WithDefaults())
	texts := dearest()
	for _, v := range vectors(t) {
		if texts[v.Hasher] == "" && !v.Malformed {
			texts[v.Hasher] = v.Digest
		}
	}
	for hasher, text := range texts {
		d, err := Parse(hasher, text, Ceilings{})
		if err != nil {
			t.Errorf("%s: %v", hasher, err)
			continue
		}
		if _, remote := d.(Remote); remote {
			continue
		}
		as, decoyText := Decoy(d)
		decoy, err := Parse(as, decoyText, Ceilings{})
		if err != nil {
			t.Errorf("the decoy of %s: %v", hasher, err)
			continue
		}
		for length := 0; length <= 4096; length += 1 + length/64 {
			password := strings.Repeat("p", length)
			cost := EffortFor(d, password)
			if cost > most {
				t.Errorf("%s costs %v for a password of %d bytes, at most %v is wanted", hasher, cost, length, most)
				break
			}
			if other := EffortFor(decoy, password); other != cost {
				t.Errorf("%s costs %v for a password of %d bytes, its decoy %v", hasher, cost, length, other)
				break
			}
		}
	}
}

// A password that is too long for a format is wrong, though it is the right one,
// and costs what a short one does: who measures learns neither its user nor the
// format.
func TestLongPasswordsAreWrong(t *testing.T) {
	salt := "0123456789abcdef"
	crypted := func(rounds int64) func(password string) (hasher, text string) {
		return func(password string) (hasher, text string) {
			sum := crypt.SHA(context.Background(), sha512Hash.crypt(), []byte(password), []byte(salt), rounds)
			return "sha512_crypt", fmt.Sprintf("$6$rounds=%d$%s$%s", rounds, salt, sum)
		}
	}
	phpass := func(password string) (hasher, text string) {
		return "phpass", "$P$501234567" + string(phpassKDF(md5Hash, 7, "01234567", 22).sum(context.Background(), []byte(password)))
	}
	symfonyOf := func(password string) (hasher, text string) {
		return "sha512_symfony", "sha512_symfony$5000$" + salt + "$" + std64.EncodeToString(symfony(context.Background(), []byte(password), salt, 5000))
	}
	md5Of := func(password string) (hasher, text string) {
		return "md5_crypt", "$1$01234567$" + string(crypt.MD5(context.Background(), md5Hash.crypt(), "$1$", []byte(password), []byte("01234567")))
	}
	for _, row := range []struct {
		name    string
		make    func(password string) (hasher, text string)
		longest int
	}{
		{"sha-crypt", crypted(1000), 256},
		{"sha-crypt by its work", crypted(6_560), 143},
		{"md5-crypt", md5Of, 256},
		{"phpass", phpass, 1024},
		{"symfony", symfonyOf, 1024},
	} {
		t.Run(row.name, func(t *testing.T) {
			usual := time.Duration(-1)
			for _, c := range []struct {
				length int
				right  bool
			}{{16, true}, {64, true}, {row.longest, true}, {row.longest + 1, false}, {4096, false}} {
				password := strings.Repeat("p", c.length)
				d, err := parseLow(row.make(password))
				if err != nil {
					t.Fatal(err)
				}
				if got := d.Matches(password); got != c.right {
					t.Errorf("the right password of %d bytes: %v, want %v", c.length, got, c.right)
				}
				cost := EffortFor(d, password)
				if usual < 0 {
					usual = cost
				}
				if !c.right && cost != usual {
					t.Errorf("a password of %d bytes costs %v, want %v as one of 16 bytes", c.length, cost, usual)
				}
			}
			// What is hashed in place of a long password opens nothing.
			d, err := parseLow(row.make(strings.Repeat("p", usualPassword)))
			if err != nil {
				t.Fatal(err)
			}
			if d.Matches(strings.Repeat("p", row.longest+1)) {
				t.Error("the beginning of a password that is too long is right")
			}
			if made, ok := Wrap(t.Context(), d, Hasher{Memory: 64, Passes: 1, Lanes: 1}); !ok || made.Matches(strings.Repeat("p", row.longest+1)) {
				t.Error("so it is when the digest is wrapped")
			}
		})
	}
}

// parseLow reads a digest with ceilings that a test reaches at once.
func parseLow(hasher, text string) (Digest, error) {
	return Parse(hasher, text, Ceilings{CryptRounds: 10_000})
}

// parseDefault reads a digest with the default ceilings.
func parseDefault(hasher, text string) (Digest, error) { return Parse(hasher, text, Ceilings{}) }

// What is refused is the work, not one of the numbers that it is a product of.
func TestCeilingsBoundTheWork(t *testing.T) {
	sum := "$" + strings.Repeat("A", 86) + "=="
	for _, row := range []struct {
		hasher, text string
		most         Ceilings
		refused      bool
	}{
		{"sha512_crypt", "$6$rounds=1000000$0123456789abcdef$" + strings.Repeat(".", 86), Ceilings{}, false},
		{"sha512_crypt", "$6$rounds=1000001$s$" + strings.Repeat(".", 86), Ceilings{}, true},
		{"sha256_crypt", "$5$rounds=1000001$s$" + strings.Repeat(".", 43), Ceilings{}, true},
		{"sha256_crypt", "$5$rounds=1000001$s$" + strings.Repeat(".", 43), Ceilings{CryptRounds: 2_000_000}, false},
		// The salt is hashed in every round.
		{"sha512_symfony", "sha512_symfony$5000000$" + strings.Repeat("s", 62) + sum, Ceilings{}, false},
		{"sha512_symfony", "sha512_symfony$5000000$" + strings.Repeat("s", 4000) + sum, Ceilings{}, true},
		// Each block of PBKDF2's output takes all iterations.
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$5000000$abcd$" + strings.Repeat("ab", 64), Ceilings{}, false},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$5000000$abcd$" + strings.Repeat("ab", 128), Ceilings{}, true},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$2500000$abcd$" + strings.Repeat("ab", 128), Ceilings{}, false},
	} {
		_, err := Parse(row.hasher, row.text, row.most)
		if row.refused != errors.Is(err, ErrTooExpensive) || !row.refused && err != nil {
			t.Errorf("%s %.40s: %v, want too expensive %v", row.hasher, row.text, err, row.refused)
		}
	}
}

// leaving is a context that ends after it was looked at so many times.
type leaving struct {
	context.Context
	looks int
}

func (c *leaving) Err() error {
	if c.looks--; c.looks < 0 {
		return context.Canceled
	}
	return nil
}

// A hash ends soon after the context does, whatever the format, and then no
// password is right.
func TestHashesAreInterrupted(t *testing.T) {
	salt := "0123456789abcdef"
	texts := dearest()
	texts[Argon2idName] = Hasher{Memory: 64 << 10, Passes: 16, Lanes: 1}.Decoy()
	texts[BcryptName] = Bcrypt{Rounds: 14}.Decoy()
	texts["pbkdf2_sha256"] = "pbkdf2_sha256$5000000$" + std64.EncodeToString([]byte(salt)) + "$" + std64.EncodeToString(make([]byte, 32))
	texts["scrypt_phc"] = "$scrypt$ln=16,r=8,p=1$" + raw64.EncodeToString([]byte(salt)) + "$" + raw64.EncodeToString(make([]byte, 32))
	for hasher, text := range texts {
		if strings.Contains(hasher, "md5") {
			continue // a thousand rounds are over at once
		}
		d, err := parseDefault(hasher, text)
		if err != nil {
			t.Fatal(err)
		}
		ctx := &leaving{Context: t.Context(), looks: 3}
		if Matches(ctx, d, nil, "correct horse") {
			t.Errorf("%s: a password is right though its hash was left", hasher)
		}
		if ctx.looks >= 0 {
			t.Errorf("%s: the hash looked at its context %d times, it was to end after 3", hasher, 3-ctx.looks)
		}
		if ctx.looks < -50 {
			t.Errorf("%s: the hash went on for %d looks at a context that had ended", hasher, -ctx.looks)
		}
	}
	for _, own := range []Maker{Hasher{Memory: 64 << 10, Passes: 16}, Bcrypt{Rounds: 14}} {
		if made := Make(&leaving{Context: t.Context(), looks: 3}, own, "correct horse"); made != "" {
			t.Errorf("%s: a digest was made though its hash was left", own.Name())
		}
	}
}

// Whoever leaves during a hash gets the context's error, not a verdict.
func TestPoolTellsWhoLeft(t *testing.T) {
	pool := NewPool(Limits{Workers: 1})
	own := Equip(pool, Hasher{Memory: 64, Passes: 1, Lanes: 1})
	d, err := ParseOwn(own.Hash("correct horse"), Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = pool.Do(ctx, CheckCost(d, own, "correct horse"), func() {
		cancel()
		if Check(ctx, d, own, "correct horse") {
			t.Error("a hash that was left says that the password is right")
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}
