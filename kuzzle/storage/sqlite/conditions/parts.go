package conditions

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// mostParts is how many parts of a text are looked up: documents with these parts
// are compared anyway.
const mostParts = 5

// HasParts reports whether the text is long enough to be looked up by its parts.
func (c Contains) HasParts() bool { return utf8.RuneCountInString(c.Text) >= mapping.MinPart }

// Parts returns parts of three characters, spread evenly over the text, each in the
// syntax of full-text search.
func (c Contains) Parts() []string {
	runes := []rune(c.Text)
	last := len(runes) - mapping.MinPart
	n := min(last+1, mostParts)
	parts := make([]string, 0, n)
	for i := range n {
		at := 0
		if n > 1 {
			at = i * last / (n - 1)
		}
		part := `"` + strings.ReplaceAll(string(runes[at:at+mapping.MinPart]), `"`, `""`) + `"`
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return parts
}

// Like returns the pattern for LIKE with \ as its escape.
func (c Contains) Like() string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(c.Text) + "%"
}
