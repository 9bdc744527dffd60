package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fold"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// contained are the members of a user's account whose texts are indexed by their parts,
// with the user's id. A user without them costs nothing here. A further member needs an
// upgrade that indexes existing users.
var contained = []string{"username", "email", "phone", "wallet", "firstName", "lastName", "name"}

// Contained returns the account members of a collection that query.Contains searches.
func Contained(of storage.Collection) []string {
	if of != storage.Users {
		return nil
	}
	return contained
}

// MinPart is the minimum length, in characters, of a text that the index of parts can
// find.
const MinPart = 3

// ContainedKey reports whether the values of a key are indexed by their parts.
func ContainedKey(key Key) bool {
	return key.Area == Account && key.Kind == Keyword && slices.Contains(contained, key.Path)
}

// NotContained returns the fault for a search by a part in values at another path.
func NotContained(path string) error {
	return storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be searched by a part of its value: use _id, or one of %s", path, strings.Join(contained, ", ")))
}

// Text returns the text of a user that is indexed by its parts: the folded values of the
// contained members, one per line, and the id. It is "" for a user with none of the
// members. A value that is part of another, as a first name is of the name, adds no
// parts and has no line. Folded values have no line ends, and a search text has no NUL,
// at which the index would end.
func (d *Document) Text(id string) string {
	var texts []string
	for _, v := range d.Values {
		if !ContainedKey(v.Key) {
			continue
		}
		folded := fold.Text(v.V.(string))
		within := func(text string) bool { return strings.Contains(text, folded) }
		if folded == "" || slices.ContainsFunc(texts, within) {
			continue
		}
		texts = append(slices.DeleteFunc(texts, func(text string) bool { return strings.Contains(folded, text) }), folded)
	}
	if len(texts) == 0 {
		return ""
	}
	return strings.Join(append(texts, strings.ReplaceAll(fold.ASCII(id), "\x00", "\n")), "\n")
}
