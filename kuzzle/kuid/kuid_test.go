package kuid

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

var humanForm = regexp.MustCompile(`^kuid-([a-z]+)-([a-z]+)-(0|[1-9][0-9]{0,4})$`)

// TestHuman draws many ids: each has the form and uses listed words, and they
// spread over the lists and numbers and hardly ever meet.
func TestHuman(t *testing.T) {
	const draws = 20_000
	adjectives, nouns := words()
	adjectiveSeen, nounSeen := counter(adjectives), counter(nouns)
	ids := map[string]bool{}
	low := 0
	for range draws {
		id, err := New(Human)
		if err != nil {
			t.Fatal(err)
		}
		parts := humanForm.FindStringSubmatch(id)
		if parts == nil {
			t.Fatalf("id %q, want one that matches %v", id, humanForm)
		}
		if _, listed := adjectiveSeen[parts[1]]; !listed {
			t.Fatalf("%q: the adjective is not in the list", id)
		}
		if _, listed := nounSeen[parts[2]]; !listed {
			t.Fatalf("%q: the noun is not in the list", id)
		}
		adjectiveSeen[parts[1]]++
		nounSeen[parts[2]]++
		if number, _ := strconv.Atoi(parts[3]); number < numbers/2 {
			low++
		}
		if err := Check(id); err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		ids[id] = true
	}
	// 20,000 draws of fifty thousand million meet 0.004 times on average;
	// three meetings in one run do not happen by chance.
	if met := draws - len(ids); met > 2 {
		t.Errorf("%d of %d ids were drawn before, want at most 2", met, draws)
	}
	checkSpread(t, "adjective", adjectiveSeen, draws)
	checkSpread(t, "noun", nounSeen, draws)
	// Ten standard deviations of a fair coin are 707.
	if low < draws/2-707 || low > draws/2+707 {
		t.Errorf("%d of %d numbers are in the lower half, want about half", low, draws)
	}
}

func counter(words []string) map[string]int {
	seen := make(map[string]int, len(words))
	for _, word := range words {
		seen[word] = 0
	}
	return seen
}

// checkSpread compares Pearson's chi-squared with its mean (the words but one),
// from which it strays by ten standard deviations only when the draw is unfair.
func checkSpread(t *testing.T, what string, seen map[string]int, draws int) {
	t.Helper()
	expected := float64(draws) / float64(len(seen))
	chi := 0.0
	for _, count := range seen {
		chi += (float64(count) - expected) * (float64(count) - expected) / expected
	}
	mean := float64(len(seen) - 1)
	// The variance is twice the mean, so 10 σ is √(200 × mean).
	if (chi-mean)*(chi-mean) > 200*mean {
		t.Errorf("%s: chi-squared %.0f, want about %.0f", what, chi, mean)
	}
}

func TestUUID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id, err := New(UUID)
		if err != nil {
			t.Fatal(err)
		}
		text, found := strings.CutPrefix(id, "kuid-")
		parsed, err := uuid.Parse(text)
		if !found || err != nil || parsed.String() != text {
			t.Fatalf("id %q, want kuid- and a plain uuid (%v)", id, err)
		}
		if got, want := parsed.Version(), uuid.Version(4); got != want {
			t.Errorf("%q: version %v, want %v", id, got, want)
		}
		if got, want := parsed.Variant(), uuid.RFC4122; got != want {
			t.Errorf("%q: variant %v, want %v", id, got, want)
		}
		seen[id] = true
	}
	if got, want := len(seen), 1000; got != want {
		t.Errorf("%d different ids, want %d", got, want)
	}
}

func TestOpaque(t *testing.T) {
	form, seen := regexp.MustCompile(`^user_[0-9A-Za-z]{27}$`), map[string]bool{}
	for range 1000 {
		id, err := New(Opaque)
		if err != nil || !form.MatchString(id) || seen[id] || Check(id) != nil {
			t.Fatalf("drew %q (%v)", id, err)
		}
		seen[id] = true
	}
}

func TestParseForm(t *testing.T) {
	tests := []struct {
		given string
		want  Form
	}{
		{"uuid", UUID}, {"human", Human}, {"", Human}, {"foo", Human}, {"UUID", Human},
	}
	for _, test := range tests {
		if got := ParseForm(test.given); got != test.want {
			t.Errorf("ParseForm(%q) = %v, want %v", test.given, got, test.want)
		}
	}
	for _, form := range []Form{Human, UUID} {
		if got := ParseForm(form.String()); got != form {
			t.Errorf("ParseForm(%q) = %v, want %v", form.String(), got, form)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, id string
		refused  string // the expectation that the error names
	}{
		{"plain", "jdoe", ""},
		{"one byte", "j", ""},
		{"e-mail address", "john.doe@example.com", ""},
		{"spaces and other scripts", "Ærøskøbing 東京 👋", ""},
		{"longest", strings.Repeat("é", MaxBytes/2), ""},
		{"starts with an underscore", "_me", ""},
		{"three dots", "...", ""},
		{"other negative number", "-10", ""},

		{"empty", "", "1 to 512 bytes"},
		{"too long", strings.Repeat("é", MaxBytes/2) + "x", "1 to 512 bytes"},
		{"anonymous", "-1", "an id other than -1, . and .."},
		{"dot", ".", "an id other than -1, . and .."},
		{"two dots", "..", "an id other than -1, . and .."},
		{"not UTF-8", "a\xffb", "valid UTF-8"},
		{"surrogate", "\xed\xa0\x80", "valid UTF-8"},
		{"slash", "a/b", "an id without / and control characters"},
		{"NUL", "a\x00", "an id without / and control characters"},
		{"line feed", "a\nb", "an id without / and control characters"},
		{"DEL", "\x7f", "an id without / and control characters"},
		{"C1 control", "\u0085", "an id without / and control characters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := Check(test.id)
			if test.refused == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			got, ok := fault.From(err)
			if !ok || !errors.Is(err, assert.InvalidArgument) {
				t.Fatalf("got %v, want %v", err, assert.InvalidArgument)
			}
			if len(got.Props) != 2 || got.Props[0] != "_id" || got.Props[1] != test.refused {
				t.Errorf("got props %q, want _id and %q", got.Props, test.refused)
			}
		})
	}
}

// FuzzCheck states the properties of accepted ids, independently of Check's
// implementation.
func FuzzCheck(f *testing.F) {
	for _, id := range []string{"jdoe", "", "-1", "..", "a/b", "\x00", "\xff", "é\u0085", strings.Repeat("x", MaxBytes+1)} {
		f.Add(id)
	}
	accepted := regexp.MustCompile(`^[^/\p{Cc}]+$`)
	f.Fuzz(func(t *testing.T, id string) {
		reserved := id == "-1" || id == "." || id == ".."
		valid := strings.ToValidUTF8(id, "") == id
		want := valid && !reserved && len(id) <= MaxBytes && accepted.MatchString(id)
		err := Check(id)
		if got := err == nil; got != want {
			t.Errorf("Check(%q): %v, want accepted: %v", id, err, want)
		}
		if refusal, ok := fault.From(err); err != nil && (!ok || refusal.Status() != 400 || refusal.Props[0] != "_id") {
			t.Errorf("Check(%q): %v, want a 400 that names _id", id, err)
		}
	})
}
