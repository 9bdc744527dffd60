//go:build !cheaphash

package digest

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// costly tells which digests try a password of a kind in turn, and not each of them.
func costly(d Digest) bool { return d.Effort() > 5*time.Millisecond }

// inTurn is one of the passwords for a costly digest, another for each n, and all for others.
func inTurn(d Digest, n int, given ...string) []string {
	if costly(d) {
		return given[n%len(given):][:1]
	}
	return given
}

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
	for n, v := range all {
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
				if text != v.Digest && costly(d) {
					if first, err := Guess(Tidy(v.Digest), Ceilings{}); err == nil && reflect.DeepEqual(d, first) {
						continue // it was tried
					}
				}
				if !d.Matches(v.Password) {
					t.Errorf("%q: the right password does not match", text)
				}
				if text != v.Digest {
					continue
				}
				for _, wrong := range inTurn(d, n, v.Password+"x", "", v.Digest) {
					if d.Matches(wrong) {
						t.Errorf("%q: %q matches", text, wrong)
					}
				}
			}
			d, err := Parse(v.Hasher, v.Digest, Ceilings{})
			if err != nil {
				t.Fatal(err)
			}
			if !Likely(v.Digest) {
				t.Error("as a password it would be taken for one")
			}
			tryWrapped(t, d, v.Password)
			tryDecoy(t, d, n, v.Password)
		})
	}
}

// tryWrapped: once it is wrapped, a digest lets its password in and no other, and so it does when it is
// read again. A costly one is only tried then.
func tryWrapped(t *testing.T, d Digest, password string) {
	t.Helper()
	w, ok := Wrap(t.Context(), d, Hasher{Memory: 64, Passes: 1})
	if !ok || !costly(d) && (!w.Matches(password) || w.Matches(password+"x")) {
		t.Fatalf("wrapped: %v", ok)
	}
	if again, err := Guess(w.Text(), Ceilings{}); err != nil || !again.Matches(password) {
		t.Errorf("wrapped and read again: %v", err)
	}
}

// tryDecoy: the decoy of a digest costs the same and lets nobody in.
func tryDecoy(t *testing.T, d Digest, n int, password string) {
	t.Helper()
	as, text := Decoy(d)
	decoy, err := Parse(as, text, Ceilings{})
	if err != nil || Class(decoy) != Class(d) {
		t.Fatalf("the decoy %q: %v", text, err)
	}
	for _, given := range inTurn(d, n, password, "") {
		if decoy.Matches(given) {
			t.Errorf("the decoy %q lets %q in", text, given)
		}
	}
}
