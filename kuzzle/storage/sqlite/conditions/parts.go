package conditions

import (
	"strings"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// mostParts is how many parts of a text are looked up: those that have them all
// are compared anyway.
const mostParts = 16

// HasParts reports whether the text is long enough to be looked up by its parts.
func (c Contains) HasParts() bool { return utf8.RuneCountInString(c.Text) >= mapping.MinPart }

// Parts is what full-text search is asked for documents that may have the text:
// parts of three characters, evenly spread over it.
func (c Contains) Parts() string {
	runes := []rune(c.Text)
	last := len(runes) - mapping.MinPart
	n := min(last+1, mostParts)
	var query strings.Builder
	for i := range n {
		at := 0
		if n > 1 {
			at = i * last / (n - 1)
		}
		if i > 0 {
			query.WriteString(" AND ")
		}
		part := string(runes[at : at+mapping.MinPart])
		query.WriteString(`"` + strings.ReplaceAll(part, `"`, `""`) + `"`)
	}
	return query.String()
}

// Like is the pattern for LIKE with \ as its escape.
func (c Contains) Like() string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(c.Text) + "%"
}
