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
	for _, v := range describedDigests(t) {
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
			if !d.Matches(v.Password) || d.Matches(v.Password+"x") || d.Matches("") || d.Matches(v.Digest) || d.Matches(strings.ToUpper(v.Password)) != folds {
				t.Errorf("the right password %v, longer %v, none %v, the digest %v", d.Matches(v.Password), d.Matches(v.Password+"x"), d.Matches(""), d.Matches(v.Digest))
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
			if !ok || !w.Matches(v.Password) || w.Matches(v.Password+"x") || w.Inside().Keyed != d.Describe().Keyed || strings.Contains(w.Text(), v.Digest) {
				t.Fatalf("wrapped: %v", ok)
			}
			if again, err := Guess(w.Text(), Ceilings{}); err != nil || !again.Matches(v.Password) {
				t.Errorf("wrapped and read again: %v", err)
			}
			as, text = Decoy(d)
			decoy, err := Parse(as, text, Ceilings{})
			if err != nil || decoy.Matches(v.Password) || decoy.Matches("") || Class(decoy) != Class(d) {
				t.Errorf("the decoy: %v", err)
			}
			if effort := d.Effort(); effort <= 0 || effort > 5*time.Second || CheckCost(d, Hasher{}, "x").Memory < d.Cost().Memory {
				t.Errorf("it takes %v and %+v", effort, d.Cost())
			}
		})
	}
}
