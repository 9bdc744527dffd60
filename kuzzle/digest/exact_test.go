package digest

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"
)

// near draws what is easily taken for a password: one with a longer or another
// end, or a zero somewhere.
func near(t *rapid.T, password string) string {
	at := rapid.IntRange(0, len(password)).Draw(t, "at")
	tail := rapid.StringMatching(`[a-c\x00]{0,8}`).Draw(t, "tail")
	return rapid.SampledFrom([]string{
		password + tail, password[:at] + tail, password[:at] + "\x00" + password[at:], tail + password,
		password + "\x00" + password, password[:min(len(password), MaxBcryptPassword)] + tail,
	}).Draw(t, "near")
}

// TestExact: whatever matches and is exact is the password itself, so that
// renewing a digest never makes one of something else. Of bcrypt from elsewhere
// that holds although it cuts; nothing but a password beyond its end is let in
// besides.
func TestExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(1, 90).Draw(t, "length")
		password := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), length, length, -1).Draw(t, "password")
		given := near(t, password)
		made, err := bcrypt.GenerateFromPassword([]byte(password[:min(length, MaxBcryptPassword)]), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(BcryptName, string(made), Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		w, ok := Wrap(t.Context(), d, Hasher{Memory: 64, Passes: 1})
		if !ok {
			t.Fatal("bcrypt cannot be wrapped")
		}
		sees := func(text string) string { return text[:min(len(text), MaxBcryptPassword)] }
		for name, d := range map[string]Digest{"bcrypt": d, "bcrypt, wrapped": w} {
			if right := d.Matches(given); right != (sees(given) == sees(password)) {
				t.Errorf("%s of %q with %q: %v", name, password, given, right)
			} else if right && Exact(d, given) && given != password {
				t.Errorf("%s of %q: %q is exact", name, password, given)
			}
			if exact := Exact(d, password); exact != (length < MaxBcryptPassword) {
				t.Errorf("%s: %d bytes are exact: %v", name, length, exact)
			}
		}
	})
}

// TestExactUnicode: a password that is cut in one of its forms is not exact in any.
func TestExactUnicode(t *testing.T) {
	password := strings.Repeat("é", 30) // 60 bytes, and 90 in parts
	made, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(BcryptName, string(made), Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	if Exact(d, password) || !Exact(d, password[:40]) {
		t.Errorf("30 é: %v, 20: %v, want false and true", Exact(d, password), Exact(d, password[:40]))
	}
}
