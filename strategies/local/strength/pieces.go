package strength

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// longestWord is the longest part that is looked up in the lists.
const longestWord = 24

// unleet restores letters that users replaced by digits or signs.
var unleet = strings.NewReplacer("4", "a", "@", "a", "8", "b", "3", "e", "6", "g", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t", "+", "t", "2", "z")

// rows are the rows of keyboards, for keyboard walks.
var rows = []string{"1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "azertyuiop", "qsdfghjklm", "qwertzuiop",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmikolp", "147258369", "!@#$%^&*()"}

// pieces finds all recognised parts; they may overlap.
func pieces(runes []rune, own map[string]bool) []piece {
	var found []piece
	for from := range runes {
		for to := from + 1; to <= min(len(runes), from+longestWord); to++ {
			if guesses := dictionary(runes[from:to], own); guesses > 0 {
				found = append(found, piece{from, to, guesses})
			}
		}
		found = append(found, sequence(runes, from)...)
		found = append(found, repetition(runes, from, own)...)
		found = append(found, walk(runes, from)...)
		found = append(found, date(runes, from)...)
	}
	return found
}

// dictionary returns the guesses for a word, by its rank and its disguise; 0 means no word.
func dictionary(part []rune, own map[string]bool) float64 {
	if len(part) < 3 {
		return 0
	}
	word := strings.ToLower(string(part))
	backwards := []rune(word)
	slices.Reverse(backwards)
	guesses := math.Inf(1)
	for _, try := range []struct {
		word   string
		factor float64
	}{{word, 1}, {unleet.Replace(word), 2}, {string(backwards), 2}} {
		rank := float64(words()[try.word])
		if own[try.word] {
			rank = 1
		}
		if rank > 0 {
			guesses = math.Min(guesses, rank*try.factor)
		}
	}
	if math.IsInf(guesses, 1) {
		return 0
	}
	return guesses * capitals(part)
}

// capitals returns how many patterns of capitals are tried before this one.
func capitals(part []rune) float64 {
	upper, lower := 0, 0
	for _, r := range part {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	switch {
	case upper == 0:
		return 1
	case lower == 0 || upper == 1 && (unicode.IsUpper(part[0]) || unicode.IsUpper(part[len(part)-1])):
		return 2
	}
	return math.Pow(2, float64(min(upper, lower)+1))
}

// sequence finds abc, 987, aceg: steps of the same small size.
func sequence(runes []rune, from int) []piece {
	if from+2 >= len(runes) {
		return nil
	}
	step := runes[from+1] - runes[from]
	if step == 0 || step < -5 || step > 5 {
		return nil
	}
	to := from + 1
	for to < len(runes) && runes[to]-runes[to-1] == step {
		to++
	}
	if to-from < 3 {
		return nil
	}
	alphabet := 26.0
	if unicode.IsDigit(runes[from]) {
		alphabet = 10
	}
	return []piece{{from, to, 2 * alphabet * float64(to-from)}}
}

// repetition finds aaa, abcabc.
func repetition(runes []rune, from int, own map[string]bool) []piece {
	var found []piece
	for size := 1; from+2*size <= len(runes) && size <= longestWord; size++ {
		block := runes[from : from+size]
		to := from + size
		for to+size <= len(runes) && slices.Equal(block, runes[to:to+size]) {
			to += size
		}
		if count := (to - from) / size; count > 2 || count == 2 && size > 1 {
			base := dictionary(block, own)
			if base == 0 {
				base = math.Pow(10, float64(size))
			}
			found = append(found, piece{from, to, base * float64(count)})
		}
	}
	return found
}

// walk finds qwerty, 1qaz, and the same backwards.
func walk(runes []rune, from int) []piece {
	longest := 0
	rest := strings.ToLower(string(runes[from:min(len(runes), from+longestWord)]))
	for _, row := range rows {
		for _, line := range []string{row, reversed(row)} {
			for size := min(len(rest), len(line)); size > max(longest, 3); size-- {
				if strings.Contains(line, rest[:size]) {
					longest = size
				}
			}
		}
	}
	if longest == 0 {
		return nil
	}
	to := from + longest // rows are ASCII: a byte is a rune
	return []piece{{from, to, float64(2*len(rows)*12*longest) * capitals(runes[from:to])}}
}

func reversed(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}

// date finds recent years, and dates in digits, with or without separators.
func date(runes []rune, from int) []piece {
	var found []piece
	digits, at := 0, from
	for ; at < len(runes) && at-from < 10; at++ {
		switch r := runes[at]; {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune("-/._ ", r) && digits > 0:
			continue
		default:
			return found
		}
		size := at + 1 - from
		text := string(runes[from : at+1])
		switch {
		case size == 4 && digits == 4 && (strings.HasPrefix(text, "19") || strings.HasPrefix(text, "20")):
			found = append(found, piece{from, at + 1, 100})
		case digits == 6:
			found = append(found, piece{from, at + 1, 365 * 100 * separators(size, digits)})
		case digits == 8:
			found = append(found, piece{from, at + 1, 365 * 200 * separators(size, digits)})
		}
	}
	return found
}

func separators(size, digits int) float64 {
	if size == digits {
		return 1
	}
	return 4
}
