package lookalike

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

//go:embed confusables.txt
var confusables string

// prototypes maps a character to the one that it looks like. It is built for the
// first non-ASCII text.
var prototypes = sync.OnceValue(func() map[rune]string {
	made := make(map[rune]string, 2600)
	for line := range strings.Lines(confusables) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] == "#" {
			continue
		}
		like := ""
		for code := range strings.SplitSeq(fields[0], "+") {
			like += string(character(code))
		}
		for _, code := range fields[1:] {
			made[character(code)] = like
		}
	}
	return made
})

func character(code string) rune {
	n, err := strconv.ParseUint(code, 16, 21)
	if err != nil {
		panic("lookalike: the table is damaged: " + err.Error())
	}
	return rune(n)
}

// Skeleton returns the same text for texts that look alike. It is for comparing,
// not for showing. Fold texts before if case should not matter.
func Skeleton(text string) string { return skeleton(text, false) }

// SkeletonAsGiven is like Skeleton for an unfolded text, in which a capital that
// looks like I is one; UTS #39 treats I, l and 1 as the same.
func SkeletonAsGiven(text string) string { return skeleton(text, true) }

func skeleton(text string, given bool) string {
	if ASCII(text) {
		return text
	}
	var out strings.Builder
	like := prototypes()
	for _, r := range norm.NFD.String(text) {
		to, ok := like[r]
		switch {
		case r < utf8.RuneSelf || !ok:
			out.WriteRune(r)
		case given && to == "l" && unicode.IsUpper(r):
			out.WriteByte('I')
		default:
			out.WriteString(to)
		}
	}
	return norm.NFC.String(out.String())
}

// ASCII reports whether a text is all ASCII.
func ASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// together are the scripts that people mix, each line with Latin: UTS #39 calls
// texts within one line highly restrictive.
var together = [][]string{{"Latin", "Han", "Hiragana", "Katakana"}, {"Latin", "Han", "Bopomofo"}, {"Latin", "Han", "Hangul"}}

// Mixed reports whether a text has characters of scripts that are never mixed.
// Digits, punctuation and accents belong to all scripts.
func Mixed(text string) bool {
	if ASCII(text) {
		return false
	}
	met := map[string]bool{}
	for _, r := range text {
		if name := script(r); name != "" {
			met[name] = true
		}
	}
	if len(met) < 2 {
		return false
	}
	for _, group := range together {
		n := 0
		for _, name := range group {
			if met[name] {
				n++
			}
		}
		if n == len(met) {
			return false
		}
	}
	return true
}

// script returns a character's script, "" for one that all share.
func script(r rune) string {
	switch {
	case r < utf8.RuneSelf && !unicode.IsLetter(r), unicode.Is(unicode.Common, r), unicode.Is(unicode.Inherited, r):
		return ""
	case unicode.Is(unicode.Latin, r):
		return "Latin"
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
