//go:build !cheaphash

package digest

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		d, err := Parse(v.Hasher, v.Digest, Ceilings{})
		if v.Malformed != (err != nil) {
			t.Errorf("%s %.60q (%s): refused with %v, want malformed %v", v.Hasher, v.Digest, v.Note, err, v.Malformed)
			continue
		}
		if err != nil {
			wantQuietRefusal(t, v, err)
			continue
		}
		if _, remote := d.(Remote); remote {
			continue
		}
		if got := d.Matches(v.Password); got != v.Valid {
			t.Errorf("%s %.60q with %.20q (%s): %v, want %v", v.Hasher, v.Digest, v.Password, v.Note, got, v.Valid)
		}
	}
}

func wantQuietRefusal(t *testing.T, v vector, err error) {
	t.Helper()
	failure, ok := fault.From(err)
	if !ok || failure.Kind != ErrMalformed && failure.Kind != ErrTooExpensive {
		t.Errorf("%s (%s): %v, want malformed or too_expensive", v.Hasher, v.Note, err)
		return
	}
	if len(v.Digest) > 16 && strings.Contains(failure.Message(), v.Digest) {
		t.Errorf("%s (%s): the message holds the digest: %s", v.Hasher, v.Note, failure.Message())
	}
}

// A wrapped digest answers what the digest inside did, though its sum is gone.
func TestVectorsWrapped(t *testing.T) {
	cheap := Hasher{Memory: 64, Passes: 1}
	for _, v := range vectors(t) {
		d, err := Parse(v.Hasher, v.Digest, Ceilings{})
		if err != nil || d.Describe().Strength != Weak {
			continue
		}
		made, ok := Wrap(t.Context(), d, cheap)
		if !ok {
			t.Fatalf("%s %.60q cannot be wrapped", v.Hasher, v.Digest)
		}
		if _, inner, _ := made.Parts(); inner == v.Digest {
			t.Errorf("%s %.60q (%s): the sum is still there", v.Hasher, v.Digest, v.Note)
		}
		w, err := Guess(made.Text(), Ceilings{})
		if err != nil {
			t.Errorf("%s %.60q (%s): %v", v.Hasher, v.Digest, v.Note, err)
			continue
		}
		if got := w.Matches(v.Password); got != v.Valid {
			t.Errorf("%s %.60q (%s), wrapped: %v, want %v", v.Hasher, v.Digest, v.Note, got, v.Valid)
		}
	}
}

// TestExactVectors: of all formats, what matches besides the password of a vector is
// not exact; and what is hashed before bcrypt sees it is never cut.
func TestExactVectors(t *testing.T) {
	tried := map[string]int{}
	for _, v := range vectors(t) {
		d, err := Parse(v.Hasher, v.Digest, Ceilings{})
		if err != nil || !v.Valid || tried[v.Hasher] >= 2 {
			continue
		}
		if _, remote := d.(Remote); remote {
			continue
		}
		tried[v.Hasher]++
		others := []string{
			v.Password + "\x00", "\x00" + v.Password, v.Password + "\x00" + v.Password, v.Password + " ",
			strings.ToUpper(v.Password) + "x", v.Password + strings.Repeat("x", 80),
		}
		if costly(d) { // the first two of a format try half of them each
			half := len(others) / 2
			others = others[half*(tried[v.Hasher]-1):][:half]
		}
		for _, given := range others {
			if d.Matches(given) && Exact(d, given) {
				t.Errorf("%s of %.20q: %.30q matches and is exact", v.Hasher, v.Password, given)
			}
		}
	}
	for _, hasher := range []string{"pbkdf2_sha256", "scrypt_phc", "bcrypt", "sha512_crypt", "bcrypt_sha256_django"} {
		if tried[hasher] == 0 {
			t.Errorf("%s was not tried", hasher)
		}
	}
	hashed, err := bcrypt.GenerateFromPassword(hexSHA256([]byte(strings.Repeat("x", 100))), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse("meteor_bcrypt", string(hashed), Ceilings{})
	if err != nil || !Exact(d, strings.Repeat("x", 100)) {
		t.Errorf("what is hashed first is cut: %v", err)
	}
	peppered, err := Parse("bcrypt_peppered", string(hashed)+"$"+strings.Repeat("p", 40), Ceilings{})
	if err != nil || !Exact(peppered, strings.Repeat("x", 71)) || Exact(peppered, strings.Repeat("x", 72)) {
		t.Errorf("71 bytes before a pepper are exact and 72 are not: %v", err)
	}
}
