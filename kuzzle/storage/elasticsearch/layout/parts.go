package layout

import (
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/fold"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// A text that is found by its parts is indexed as words of three characters, one
// beginning at each of its characters, in order: abcd as abc bcd. A phrase of such
// words occurs exactly where their text occurs. A text of fewer characters is one
// word. This works on any Elasticsearch, without a plugin or module.

// partsOfTexts is the object of a record with these texts, idParts its field for the
// id.
const (
	partsOfTexts = "t"
	idParts      = "_id"
)

// IDParts is the full name of the field in which an id is found by its parts.
const IDParts = partsOfTexts + "." + idParts

// PartField returns the full name of the field for an account member.
func PartField(member string) string { return partsOfTexts + "." + member }

// Parts returns the words of a text, separated by spaces.
func Parts(text string) string {
	runes := []rune(PartsWord(text))
	if len(runes) <= mapping.MinPart {
		return string(runes)
	}
	var out strings.Builder
	out.Grow(4 * len(text))
	for i := range len(runes) - mapping.MinPart + 1 {
		if i > 0 {
			out.WriteByte(' ')
		}
		for _, r := range runes[i : i+mapping.MinPart] {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// spacePlane is a plane of unused characters.
const spacePlane = 0xF0000

// PartsWord returns a text in which no space ends a word.
func PartsWord(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || unicode.IsSpace(r) {
			return spacePlane + r
		}
		return r
	}, text)
}

// textValues returns the texts of a document that are found by their parts.
func textValues(id string, found *mapping.Document) []byte {
	var texts object
	texts.list(idParts).add(Parts(fold.ASCII(id)))
	for _, v := range found.Values {
		if !mapping.ContainedKey(v.Key) {
			continue
		}
		if folded := fold.Text(v.V.(string)); folded != "" {
			texts.list(v.Key.Path).once(Parts(folded))
		}
	}
	return texts.appendJSON(nil)
}
