package strategytest

import (
	"fmt"
	"reflect"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/strategies"
)

// scripts are texts that break code that confuses runes and bytes, or compares without normalising.
var scripts = map[string]string{
	"composed": "Renée", "decomposed": norm.NFD.String("Renée"), "Cyrillic": "Ада", "Han": "愛達", "right to left": "עדה",
	"four bytes": "𝒜𝒹𝒶𐍈", "joined emoji": "👩‍👩‍👧‍👦", "Turkish": "Iıİi", "sharp s": "Straße",
}

// testUnicode checks that a text is stored and shown as it was given, and that identifiers and
// passwords match in any Unicode form.
func testUnicode(t *testing.T, s suite) {
	for _, script := range sortedKeys(scripts) {
		for _, field := range s.fx.Text {
			t.Run(script+" in "+field, func(t *testing.T) {
				f := s.mount(t)
				in := s.fx.Credentials(0)
				base, _ := in[field].(string)
				given := scripts[script] + base
				in[field] = given
				f.mustCreate(t, "user-0", in)
				login := s.login(f, in)
				f.wantLogin(t, "user-0", login)
				if shown, ok := f.info(t, "user-0")[field]; ok && shown != given {
					t.Errorf("Info shows %q, want %q as it was given", shown, given)
				}
				if !f.identifies(given) && !f.comparesPassword(field) {
					return
				}
				for form, respell := range map[string]func(string) string{"NFC": norm.NFC.String, "NFD": norm.NFD.String} {
					login[field] = respell(given)
					if _, _, err := f.LogIn(t.Context(), f.name, login); err != nil {
						t.Errorf("the %s spelling of %q does not log in: %v", form, given, err)
					}
				}
			})
		}
	}
}

// comparesPassword reports whether a field is the password of a strategy of the password family,
// which accepts either Unicode form.
func (f fixture) comparesPassword(field string) bool {
	_, verifies := f.strategy.(strategies.PasswordVerifier)
	return verifies && field == strategies.PasswordField
}

func (f fixture) identifies(value string) bool {
	rec, _ := f.Record("user-0", f.name)
	for _, id := range rec.Identifiers {
		if id.Value == value {
			return true
		}
	}
	return false
}

// testConcurrency lets one instance serve many users at once; -race finds data races.
func testConcurrency(t *testing.T, s suite) {
	f := s.mount(t)
	const users = 8
	done := make(chan error, users)
	for n := range users {
		go func() { done <- s.live(t, f, n) }()
	}
	for range users {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// live runs a user's life: created, logged in, shown, validated.
func (s suite) live(t *testing.T, f fixture, n int) error {
	kuid := fmt.Sprintf("user-%d", n)
	if err := f.create(t, kuid, s.fx.Credentials(n)); err != nil {
		return fmt.Errorf("creating %s: %w", kuid, err)
	}
	_, out, err := f.LogIn(t.Context(), f.name, s.login(f, s.fx.Credentials(n)))
	if err != nil || out.Kuid != kuid {
		return fmt.Errorf("%s logs in %q: %w", kuid, out.Kuid, err)
	}
	rec, _ := f.Record(kuid, f.name)
	if first, second := f.strategy.Info(rec), f.strategy.Info(rec); !reflect.DeepEqual(first, second) {
		return fmt.Errorf("Info of %s is %v, then %v", kuid, first, second)
	}
	if err := f.Validate(t.Context(), kuid, f.name, admin, s.fx.Credentials(n)); err != nil {
		return fmt.Errorf("validating %s: %w", kuid, err)
	}
	return nil
}
