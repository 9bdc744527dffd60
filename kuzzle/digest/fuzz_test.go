package digest

import (
	"testing"
)

// fuzzMost keeps what a fuzzer finds cheap to verify.
var fuzzMost = Ceilings{
	Argon2Memory: 1 << 20, Argon2Passes: 2, Argon2Lanes: 2, BcryptCost: 4, Iterations: 1000,
	ScryptMemory: 1 << 20, CryptRounds: 1000, PhpassRounds: 8,
}

// FuzzFormats holds every parser to what it promises: it does not panic, what it
// accepts is within the ceilings and can be verified, and what Wrap leaves of it
// can be read again.
func FuzzFormats(f *testing.F) {
	for i, name := range Names() {
		f.Add(uint8(i), "")
		f.Add(uint8(i), name)
	}
	seen := map[string]int{}
	names := Names()
	for _, v := range vectors(f) {
		if seen[v.Hasher]++; seen[v.Hasher] > 6 {
			continue
		}
		for i, name := range names {
			if name == v.Hasher {
				f.Add(uint8(i), v.Digest)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		format := Formats()[int(which)%len(names)]
		_ = Examine(text, fuzzMost)
		d, err := format.Parse(text, fuzzMost)
		if err != nil {
			return
		}
		if got := d.Describe(); got.Hasher != format.Name() || got.Strength == "" || got.Parameters == nil {
			t.Errorf("described as %+v", got)
		}
		d.Matches("password")
		w, ok := Wrap(d, Hasher{Memory: 8, Passes: 1, Lanes: 1})
		if !ok {
			return
		}
		if _, err := Guess(w.Text(), fuzzMost); err != nil {
			t.Errorf("wrapped, %q cannot be read: %v", w.Text(), err)
		}
	})
}
