package layout

import (
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/fold"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// A text that is found by its parts is indexed as the words of three characters that
// begin at each of its characters, in order: abcd as abc bcd. A phrase of such words
// is in it exactly where their text is. A text of fewer characters is one word.
// All of it works on any Elasticsearch: no plugin and no module is needed.

// partsOfTexts is the object of a record that holds these texts, idParts its field
// for the id.
const (
	partsOfTexts = "t"
	idParts      = "_id"
)

// IDParts is the full name of the field in which an id is found by its parts.
const IDParts = partsOfTexts + "." + idParts

// PartField is the full name of the field for an account member.
func PartField(member string) string { return partsOfTexts + "." + member }

// Parts are the words of a text, with spaces between them.
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

// spacePlane is a plane of characters that nobody uses.
const spacePlane = 0xF0000

// PartsWord is a text in which no space ends a word.
func PartsWord(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || unicode.IsSpace(r) {
			return spacePlane + r
		}
		return r
	}, text)
}

// textValues are the texts of a document that are found by their parts.
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
