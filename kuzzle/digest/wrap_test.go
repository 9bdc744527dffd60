package digest

import (
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

// The grammar of wrapped digests, written by hand from its description.
func TestWrappedGrammar(t *testing.T) {
	sum, salt := md5.Sum([]byte("horse")), []byte("0123456789abcdef")
	over := fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=1$%s$%s", raw64.EncodeToString(salt), raw64.EncodeToString(argon2.IDKey(sum[:], salt, 1, 64, 1, 32)))
	blank := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("0", 32)))
	text := "wrapped:md5:" + blank + ":" + over
	d, err := Guess(text, Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	if !d.Matches("horse") || d.Matches("Horse") || d.Matches("") {
		t.Errorf("horse %v, Horse %v, nothing %v", d.Matches("horse"), d.Matches("Horse"), d.Matches(""))
	}
	if got := d.Describe(); got.Hasher != "wrapped" || got.Parameters["inside"] != "md5" {
		t.Errorf("described as %+v", got)
	}
	if got := d.(*Wrapped).Text(); got != text {
		t.Errorf("written again %s, want %s", got, text)
	}
	live := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%x", sum))
	for name, wrong := range map[string]struct {
		text string
		want error
	}{
		"a part is missing":        {"wrapped:md5:" + blank, ErrMalformed},
		"a part too many":          {text + ":", ErrMalformed},
		"no format":                {"wrapped::" + blank + ":" + over, ErrUnknownHasher},
		"no such format":           {"wrapped:rot13:" + blank + ":" + over, ErrUnknownHasher},
		"a format asked elsewhere": {"wrapped:awscognito:" + base64.RawURLEncoding.EncodeToString([]byte("awscognito#eu-west-3_a#b#c")) + ":" + over, ErrMalformed},
		"wrapped twice":            {"wrapped:wrapped:" + base64.RawURLEncoding.EncodeToString([]byte(text)) + ":" + over, ErrMalformed},
		"padding":                  {"wrapped:md5:" + blank + "=:" + over, ErrMalformed},
		"the sum is still there":   {"wrapped:md5:" + live + ":" + over, ErrMalformed},
		"inside is no text":        {"wrapped:md5_salted:" + base64.RawURLEncoding.EncodeToString([]byte("\xff$"+strings.Repeat("0", 32))) + ":" + over, ErrMalformed},
		"nothing inside":           {"wrapped:md5::" + over, ErrMalformed},
		"no argon2id":              {"wrapped:md5:" + blank + ":" + strings.Replace(over, "2id", "2i", 1), ErrMalformed},
		"too dear":                 {"wrapped:md5:" + blank + ":" + strings.Replace(over, "t=1", "t=99", 1), ErrTooExpensive},
		"too long":                 {"wrapped:md5:" + strings.Repeat("A", MaxText) + ":" + over, ErrMalformed},
	} {
		if _, err := Parse(WrappedName, wrong.text, Ceilings{}); !errors.Is(err, wrong.want) {
			t.Errorf("%s: %v, want %v", name, err, wrong.want)
		}
	}
}

// TestWrapOfBytes: a digest that is not text is not wrapped, since it would be stored as another one
// and shut its user out.
func TestWrapOfBytes(t *testing.T) {
	for salt, want := range map[string]bool{"salt": true, "\x00": true, "\xff": false} {
		d, err := Parse("md5_salted", fmt.Sprintf("%s$%x", salt, md5.Sum([]byte(salt+"horse"))), Ceilings{})
		if err != nil || !d.Matches("horse") {
			t.Fatal(err)
		}
		if _, ok := Wrap(t.Context(), d, Hasher{Memory: 64, Passes: 1, Lanes: 1}); ok != want {
			t.Errorf("%q is wrapped: %t", salt, ok)
		}
	}
}

// TestWrapHidesSums: no spelling of a member's name keeps the sum in a wrapped document.
func TestWrapHidesSums(t *testing.T) {
	sum := fmt.Sprintf("%x", md5.Sum([]byte("horse")))
	sum = sum + sum[:8] // as long as SHA-1's
	for _, text := range []string{
		`{"userSalt":"","algorithm":"sha1","stretching":false,"encryption":"hash","userPassword":"` + sum + `"}`,
		`{"userSalt":"","algorithm":"sha1","stretching":false,"encryption":"hash","UserPassword":"` + sum + `"}`,
		`{"userSalt":"","algorithm":"sha1","stretching":false,"encryption":"hash","userPassword":"` + sum + `","userpassword":"` + sum + `"}`,
	} {
		d, err := Parse("kuzzle_local", text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		if w, ok := Wrap(t.Context(), d, Hasher{Memory: 64, Passes: 1, Lanes: 1}); ok {
			if _, inner, _ := w.Parts(); strings.Contains(inner, sum) {
				t.Errorf("%s is wrapped with its sum: %s", text, inner)
			}
		}
	}
}
