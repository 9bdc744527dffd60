package strength

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestScore(t *testing.T) {
	for _, row := range []struct {
		password  string
		known     []string
		low, high int
	}{
		{"", nil, 0, 0},
		{"password", nil, 0, 0},
		{"PASSWORD", nil, 0, 0},
		{"drowssap", nil, 0, 0},
		{"P@ssw0rd", nil, 0, 0},
		{"qwertyuiop", nil, 0, 1},
		{"1qaz2wsx", nil, 0, 1},
		{"aaaaaaaaaaaaaaa", nil, 0, 0},
		{"abcdefghijk", nil, 0, 1},
		{"abcabcabcabc", nil, 0, 1},
		{"24.12.1987", nil, 0, 1},
		{"jennifer1987", nil, 0, 2},
		{"xkqjvzpw", []string{"xkqjvzpw"}, 0, 0},
		{"correct horse battery staple", nil, 4, 4},
		{"Gx7#pLq9!vRz2", nil, 4, 4},
		{"xkqjvzpw", nil, 2, 3},
		{"пароль на двоих", nil, 4, 4},
		{strings.Repeat("a", 4096), nil, 0, 0},
	} {
		got := Score(row.password, row.known...)
		if got < row.low || got > row.high {
			t.Errorf("%.30q (%v): score %d (%g guesses), want %d to %d", row.password, row.known, got, Guesses(row.password, row.known...), row.low, row.high)
		}
	}
}

func TestCommon(t *testing.T) {
	for password, want := range map[string]bool{
		"123456": true, "password": true, "PassWord": true, "iloveyou": true, "dragon": true,
		"correct horse battery staple": false, "": false, "xkqjvzpw": false,
	} {
		if got := Common(password); got != want {
			t.Errorf("%q: %v, want %v", password, got, want)
		}
	}
}

// The filter in the binary has the words of its list, and a packed filter has all of its words and
// almost no others.
func TestPack(t *testing.T) {
	if got := countBefore(common, firsts); got < 50_000 || len(common) != header+got*restSize {
		t.Errorf("the filter has %d words in %d bytes, more than 50,000 are wanted", got, len(common))
	}
	for _, many := range []int{0, 1, 3000} {
		var words []string
		for i := range many {
			words = append(words, fmt.Sprint("Word ", i))
		}
		filter := string(Pack(append(words, words...)))
		if got := countBefore(filter, firsts); got != many {
			t.Errorf("a filter of %d words says that it has %d", many, got)
		}
		for _, word := range words {
			if !inFilter(filter, strings.ToUpper(word)) {
				t.Errorf("%q is not in the filter that it was put into", word)
			}
		}
		others := 0
		for i := range 100_000 {
			if inFilter(filter, fmt.Sprint("other ", i)) {
				others++
			}
		}
		if others > 2 {
			t.Errorf("a filter of %d words has %d of 100,000 others", many, others)
		}
	}
}

func FuzzGuesses(f *testing.F) {
	for _, seed := range []string{"password1", "\xff\xfe", "𝒑𝒂𝒔𝒔", "1.1.2000", "aAaA"} {
		f.Add(seed, "ada")
	}
	f.Fuzz(func(t *testing.T, password, known string) {
		start := time.Now()
		if got := Guesses(password, known); !(got >= 1) {
			t.Errorf("%q withstands %g guesses", password, got)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q took %v", password, took)
		}
	})
}
