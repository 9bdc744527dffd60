//go:build !cheaphash

package digest

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestWriters: what the usual writers write is recognised without a name, lets its
// password in and no other, and neither the digest itself; so it does once it is
// wrapped, and its decoy lets nobody in.
func TestWriters(t *testing.T) {
	raw, err := os.ReadFile("testdata/writers.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		t.Run(v.Note, func(t *testing.T) {
			for _, text := range []string{v.Digest, v.Digest + "\n"} {
				if text != v.Digest && strings.HasSuffix(v.Digest, v.Password) {
					continue // a blank would be a part of it
				}
				d, err := Guess(Tidy(text), Ceilings{})
				if c := Identify(v.Digest, Ceilings{}); c[len(c)-1].Claim == NeedsName && v.Hasher == "nodebb" {
					d, err = Parse(v.Hasher, v.Digest, Ceilings{}) // only its name tells
				}
				if err != nil || d.Describe().Hasher != v.Hasher {
					t.Fatalf("%q: %v, want %s", text, err, v.Hasher)
				}
				if text != v.Digest {
					if !d.Matches(v.Password) {
						t.Errorf("%q: the right password does not match", text)
					}
					continue
				}
				if !d.Matches(v.Password) || d.Matches(v.Password+"x") || d.Matches("") || d.Matches(v.Digest) {
					t.Errorf("%q: the right password %v, longer %v, none %v, the digest %v", text, d.Matches(v.Password), d.Matches(v.Password+"x"), d.Matches(""), d.Matches(v.Digest))
				}
			}
			d, err := Parse(v.Hasher, v.Digest, Ceilings{})
			if err != nil {
				t.Fatal(err)
			}
			if !Likely(v.Digest) {
				t.Error("as a password it would be taken for one")
			}
			if w, ok := Wrap(t.Context(), d, Hasher{Memory: 64, Passes: 1}); !ok || !w.Matches(v.Password) || w.Matches(v.Password+"x") {
				t.Errorf("wrapped: %v", ok)
			} else if again, err := Guess(w.Text(), Ceilings{}); err != nil || !again.Matches(v.Password) {
				t.Errorf("wrapped and read again: %v", err)
			}
			as, text := Decoy(d)
			decoy, err := Parse(as, text, Ceilings{})
			if err != nil || decoy.Matches(v.Password) || decoy.Matches("") || Class(decoy) != Class(d) {
				t.Errorf("the decoy %q: %v", text, err)
			}
		})
	}
}
