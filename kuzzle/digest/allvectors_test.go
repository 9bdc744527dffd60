//go:build !cheaphash

package digest

import (
	"strings"
	"testing"

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
