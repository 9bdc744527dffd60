package digest

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
)

// fuzzMost keeps what a fuzzer finds cheap to verify.
var fuzzMost = Ceilings{
	Argon2Memory: 1 << 20, Argon2Passes: 2, Argon2Lanes: 2, BcryptCost: 4, Iterations: 1000,
	ScryptMemory: 1 << 20, CryptRounds: 1000, PhpassRounds: 8,
}

// What those ceilings come to, whatever the format: two ways of the dearest.
const (
	fuzzMemory = 2 << 20
	fuzzEffort = 20 * time.Millisecond
)

// FuzzFormats holds every parser to what it promises of any text: it does not
// panic; it reads and describes the same text alike each time; what it accepts
// is within the ceilings, can be verified, and is accepted again as the decoy
// that is made of it and wrapped.
func FuzzFormats(f *testing.F) {
	seeds := map[string][]string{}
	for _, v := range vectors(f) {
		if len(seeds[v.Hasher]) < 6 {
			seeds[v.Hasher] = append(seeds[v.Hasher], v.Digest)
		}
	}
	for _, v := range describedDigests(f) {
		if _, text, err := Described(v.Recipe, v.Digest, v.Values); err == nil {
			seeds[RecipeName] = append(seeds[RecipeName], text)
		}
	}
	for i, name := range Names() {
		for _, text := range append(seeds[name], "", name) {
			f.Add(uint8(i), text)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		formats := Formats()
		format := formats[int(which)%len(formats)]
		if first, second := Examine(text, fuzzMost), Examine(text, fuzzMost); !reflect.DeepEqual(first, second) {
			t.Errorf("examined as %+v and %+v", first, second)
		}
		d, err := format.Parse(text, fuzzMost)
		if err != nil {
			return
		}
		holdsDigest(t, format, text, d)
		if w, ok := Wrap(t.Context(), d, Hasher{Memory: 8, Passes: 1, Lanes: 1}); ok {
			again, err := Guess(w.Text(), fuzzMost)
			if err != nil {
				t.Fatalf("wrapped, %q cannot be read: %v", w.Text(), err)
			}
			holdsDigest(t, wrappedFormat{}, w.Text(), again)
		}
	})
}

func holdsDigest(t *testing.T, format Format, text string, d Digest) {
	t.Helper()
	got := d.Describe()
	if got.Hasher != format.Name() || got.Strength == "" || got.Parameters == nil {
		t.Errorf("described as %+v", got)
	}
	if again, err := format.Parse(text, fuzzMost); err != nil || !reflect.DeepEqual(again.Describe(), got) || Class(again) != Class(d) {
		t.Errorf("read again it is %v (%v), not %+v", again, err, got)
	}
	if cost := d.Cost(); cost.Memory > fuzzMemory || cost.Lanes > 2 || d.Effort() > fuzzEffort || d.Effort() < 0 {
		t.Errorf("%q costs %+v, %v", text, cost, d.Effort())
	}
	d.Matches("password")
	hasher, decoy := Decoy(d)
	like, err := Parse(hasher, decoy, fuzzMost)
	if err != nil || Class(like) != Class(d) {
		t.Errorf("the decoy %q of %q: %v, want class %s", decoy, text, err, Class(d))
	}
}

// Reading takes memory in proportion to the text, which is bounded, whatever it
// says that it holds.
func TestParsersAllocateLittle(t *testing.T) {
	const each, most = 50, 64 * MaxText
	for _, v := range vectors(t) {
		format, ok := Lookup(v.Hasher)
		if !ok {
			continue
		}
		for _, text := range []string{
			v.Digest, v.Digest + strings.Repeat("A", MaxText-min(MaxText, len(v.Digest))), v.Digest + strings.Repeat("$", 1<<20),
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range each {
				_, _ = format.Parse(text, Ceilings{})
			}
			runtime.ReadMemStats(&after)
			if got := (after.TotalAlloc - before.TotalAlloc) / each; got > most {
				t.Errorf("%s takes %d bytes to read %d, want at most %d: %.60q", v.Hasher, got, len(text), most, text)
			}
		}
	}
}

// FuzzRecipe holds recipes to their bounds: a text is refused, or costs no more than the
// ceilings allow, for short and long passwords, without a panic.
func FuzzRecipe(f *testing.F) {
	for _, v := range describedDigests(f) {
		f.Add(recipe.Whole(v.Recipe), v.Digest, v.Values[SaltName])
	}
	f.Add("md5(concat(hex(hex(hex(password))), salt))", strings.Repeat("0", 32), "salt")
	f.Add("scrypt(password, salt, salt, 1, 1, salt)", strings.Repeat("0", 32), "16")
	f.Fuzz(func(t *testing.T, how, digest, salt string) {
		r, err := ParseRecipe(how)
		if err != nil {
			return
		}
		values := map[string]string{}
		for _, name := range r.Names() {
			values[name] = salt
		}
		text, err := r.Text(digest, values)
		if err != nil {
			return
		}
		d, err := Parse(RecipeName, text, fuzzMost)
		if err != nil {
			return
		}
		holdsDigest(t, recipeFormat{}, text, d)
		d.Matches(strings.Repeat("é", recipe.MaxPassword/2))
	})
}
