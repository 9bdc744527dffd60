package outlook

import (
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// Others calls each for the members of an object that are not known, unless they are null or empty.
func Others(object json.RawMessage, known func(name string) bool, each func(name string, value any)) error {
	for m, err := range plainjson.Members(object) {
		if err != nil {
			return err
		}
		if known(m.Name) || empty[string(m.Value)] {
			continue
		}
		value, err := plainjson.Value(m.Value)
		if err != nil {
			return err
		}
		each(m.Name, value)
	}
	return nil
}

// empty are values that hold nothing.
var empty = map[string]bool{"null": true, `""`: true, "[]": true, "{}": true, "[ ]": true, "{ }": true}
