package nearest

import "strings"

// longest bounds the length of compared names, in bytes, because the work grows
// with its square and a client may send any length.
const longest = 96

// Of returns the name that differs least from the typed one, by at most a third
// of its bytes and ignoring case; the first of equally near ones. It returns ""
// if no name is near, or if the typed name is longer than any name.
func Of(typed string, names []string) string {
	if len(typed) > longest {
		return ""
	}
	typed = strings.ToLower(typed)
	best, least := "", len(typed)/3+1
	for _, name := range names {
		if distance := distance(typed, strings.ToLower(name)); distance < least {
			best, least = name, distance
		}
	}
	return best
}

// distance counts the bytes to insert, delete or replace between a and b.
func distance(a, b string) int {
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
