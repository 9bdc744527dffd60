package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord is the length, in characters, at which a longer run of letters is
// cut.
const maxWord = 255

// Words splits text into lower-cased words as Elasticsearch's standard analyzer
// does: runs of letters and digits, including an apostrophe or dot between
// letters and a comma or dot between digits; an ideograph is a word by itself.
func Words(text string) []string {
	var words []string
	start, length := -1, 0
	end := func(at int) {
		if start >= 0 {
			words = append(words, strings.ToLower(text[start:at]))
		}
		start, length = -1, 0
	}
	var before rune
	for i, size := 0, 0; i < len(text); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(text[i:])
		switch {
		case alone(r):
			end(i)
			words = append(words, string(r))
		case inWord(r) || start >= 0 && (extends(r) || between(before, r, text[i+size:])):
			if start < 0 {
				start = i
			}
			if length++; length > maxWord {
				end(i)
				start, length = i, 1
			}
		default:
			end(i)
		}
		if !extends(r) {
			before = r
		}
	}
	end(len(text))
	return words
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || unicode.Is(unicode.Nl, r)
}

func alone(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana) && unicode.IsLetter(r) }

// extends reports whether the character belongs to the one before it.
func extends(r rune) bool { return unicode.In(r, unicode.M, unicode.Cf) }

// between reports whether a mark joins the characters before and after it.
func between(before, mark rune, rest string) bool {
	after, _ := utf8.DecodeRuneInString(rest)
	letters := unicode.IsLetter(before) && unicode.IsLetter(after) && !alone(after)
	digits := unicode.IsDigit(before) && unicode.IsDigit(after)
	switch mark {
	case '\'', '’', '.':
		return letters || digits
	case ':', '·':
		return letters
	case ',', ';':
		return digits
	}
	return false
}
