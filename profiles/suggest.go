package profiles

import (
	"maps"
	"slices"
	"strings"
)

// longestSuggestion bounds the names compared, in bytes; no action is longer.
const longestSuggestion = 64

// nearest finds the name that a mistyped one most likely meant: at most a third
// of its letters differ. Equally near names are taken in alphabetical order.
func nearest(typed string, names map[string]bool) (string, bool) {
	if len(typed) > longestSuggestion {
		return "", false
	}
	best, least := "", len(typed)/3+1
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if distance := editDistance(strings.ToLower(typed), strings.ToLower(name)); distance < least {
			best, least = name, distance
		}
	}
	return best, best != ""
}

// editDistance counts the bytes to insert, delete or replace between a and b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
