package outlook

import (
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// Others calls each for the members of an object that are not known.
func Others(object json.RawMessage, known func(name string) bool, each func(name string, value any)) error {
	for m, err := range plainjson.Members(object) {
		if err != nil {
			return err
		}
		if known(m.Name) {
			continue
		}
		value, err := plainjson.Value(m.Value)
		if err == nil && values.HasLongNumber(m.Value) {
			err = values.Decode(m.Value, &value)
		}
		if err != nil {
			return err
		}
		each(m.Name, value)
	}
	return nil
}
