package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Text folds case and compatibility forms, and removes invisible characters and
// surrounding space. The result has no control characters. Folding it again
// changes nothing.
func Text(value string) string {
	if plain(value) {
		return strings.ToLower(strings.Trim(value, " "))
	}
	// Invisible characters are removed before and after: between a letter and its
	// accent they keep the two apart, and folding may produce some.
	folded := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(Visible(value))))
	return strings.TrimSpace(norm.NFKC.String(Visible(folded)))
}

// ASCII folds the case of ASCII letters and leaves all other characters unchanged.
func ASCII(value string) string {
	lower := []byte(value)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}

// Visible removes the characters that a person does not see.
func Visible(value string) string {
	return strings.Map(func(r rune) rune {
		if ignorable(r) {
			return -1
		}
		return r
	}, value)
}

// plain reports whether a text is all ASCII, for which lower case is folding.
func plain(value string) bool {
	for i := range len(value) {
		if value[i] >= utf8.RuneSelf || value[i] < ' ' || value[i] == 0x7f {
			return false
		}
	}
	return true
}

// ignorable reports whether a character is one of Unicode's
// Default_Ignorable_Code_Point or a control: a person does not see it.
func ignorable(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}
