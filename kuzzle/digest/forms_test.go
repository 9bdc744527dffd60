package digest

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

// counting counts the hashes that are made.
type counting struct {
	Maker
	made *int
}

func (c counting) Hash(string) string {
	*c.made++
	return ""
}

// Where there is no digest, as many hashes are made as Spend is said to cost.
func TestSpendHashesEachForm(t *testing.T) {
	made := 0
	own := counting{Hasher{Memory: 64, Passes: 1, Lanes: 1}, &made}
	for _, password := range []string{"correct horse", "Renée", norm.NFD.String("Renée"), "Renée o\u0308ffnet"} {
		made = 0
		Spend(t.Context(), own, password)
		if want := SpendCost(own, password).Effort / own.Effort(); made != int(want) || made != len(forms(password)) {
			t.Errorf("%+q: %d hashes are made, %d are said to be", password, made, want)
		}
	}
}

// A password is right in either Unicode form, whichever the digest was made of. A
// wrong one costs as many hashes whatever it is compared with.
func TestUnicodeForms(t *testing.T) {
	own := Hasher{Memory: 64, Passes: 1, Lanes: 1}
	composed := "Renée öffnet Sesam"
	inParts, mixed := norm.NFD.String(composed), "Renée o\u0308ffnet Sesam"
	for _, made := range []string{composed, inParts, mixed} {
		for _, maker := range []Maker{own, Bcrypt{Rounds: 4, Long: own}} {
			d, err := ParseOwn(maker.Hash(made), Ceilings{})
			if err != nil {
				t.Fatal(err)
			}
			givens := []string{made}
			if made != mixed { // a digest of neither form fits what it was made of alone
				givens = []string{composed, inParts, mixed}
			}
			for _, given := range givens {
				if !Check(t.Context(), d, own, given) {
					t.Errorf("%s of %+q: %+q is wrong", maker.Name(), made, given)
				}
			}
			for _, wrong := range []string{composed + "s", "Renee offnet Sesam", ""} {
				if Check(t.Context(), d, own, wrong) {
					t.Errorf("%s of %+q: %+q is right", maker.Name(), made, wrong)
				}
			}
		}
	}
	for password, want := range map[string]int{"": 1, "correct horse": 1, "愛達": 1, composed: 2, inParts: 2, mixed: 3, "\u212b": 3, "\xff": 1} {
		if got := forms(password); len(got) != want || Canonical(password) != got[0] {
			t.Errorf("%+q has the forms %+q, want %d and the canonical one first", password, got, want)
		}
		d, err := ParseOwn(own.Decoy(), Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		if got := SpendCost(own, password).Effort / own.Effort(); int(got) != want {
			t.Errorf("%+q costs %d hashes where there is no digest, want %d", password, got, want)
		}
		if got := CheckCost(d, own, password).Effort / own.Effort(); int(got) != want {
			t.Errorf("%+q is said to cost %d hashes, want %d", password, got, want)
		}
	}
}
