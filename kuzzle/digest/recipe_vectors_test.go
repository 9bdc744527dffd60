//go:build !cheaphash

package digest

import (
	"strings"
	"testing"
	"time"
)

// TestRecipes: digests of other implementations let their password in and no other, also
// once they are wrapped; their decoys let nobody in; and each costs about what it says.
func TestRecipes(t *testing.T) {
	for n, v := range describedDigests(t) {
		t.Run(v.Note, func(t *testing.T) {
			as, text, err := Described(v.Recipe, v.Digest, v.Values)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Guess(text, Ceilings{})
			if err != nil || as != RecipeName || d.Describe().Hasher != RecipeName {
				t.Fatalf("%s: %v", text, err)
			}
			folds := strings.Contains(v.Recipe, "lower(password)")
			if !d.Matches(v.Password) {
				t.Error("the right password does not match")
			}
			upper := strings.ToUpper(v.Password)
			for _, given := range inTurn(d, n, v.Password+"x", "", v.Digest, upper) {
				if d.Matches(given) != (folds && given == upper) {
					t.Errorf("%q: %v", given, d.Matches(given))
				}
			}
			if _, secret := v.Values[PepperName]; secret && !d.Describe().Keyed {
				t.Error("its pepper would not be sealed")
			}
			for name := range v.Values {
				other := map[string]string{}
				for n, value := range v.Values {
					other[n] = value
				}
				other[name] = strings.Map(func(c rune) rune {
					switch {
					case c == '1':
						return '2'
					case c == 'e':
						return 'f'
					}
					return c
				}, other[name]) + "22"
				as, text, err := Described(v.Recipe, v.Digest, other)
				if err != nil {
					continue
				}
				if d, err := Parse(as, text, Ceilings{}); err == nil && d.Matches(v.Password) {
					t.Errorf("with another %s the password matches", name)
				}
			}
			w, ok := Wrap(t.Context(), d, Hasher{Memory: 64, Passes: 1})
			if !ok || w.Inside().Keyed != d.Describe().Keyed || strings.Contains(w.Text(), v.Digest) {
				t.Fatalf("wrapped: %v", ok)
			}
			tryWrapped(t, d, v.Password)
			tryDecoy(t, d, n, v.Password)
			if effort := d.Effort(); effort <= 0 || effort > 5*time.Second || CheckCost(d, Hasher{}, "x").Memory < d.Cost().Memory {
				t.Errorf("it takes %v and %+v", effort, d.Cost())
			}
		})
	}
}
