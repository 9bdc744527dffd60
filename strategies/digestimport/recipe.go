package digestimport

import (
	"maps"
	"slices"
	"strconv"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// recipeField is the field of a passwordHasher with a recipe, or with the name of a preset.
// The other fields are the values of the recipe's names, such as salt and pepper.
const recipeField = "recipe"

// described is a passwordHasher that is an object.
type described struct {
	recipe string
	values map[string]string
}

// recipeOf reads a passwordHasher that is an object; ok is false for any other one.
func recipeOf(in strategies.Credentials) (how described, ok bool, err error) {
	object, ok := in[hasherField].(map[string]any)
	if !ok {
		return how, false, nil
	}
	how.values = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		var text string
		switch value := object[name].(type) {
		case string:
			text = value
		case float64:
			text = strconv.FormatFloat(value, 'f', -1, 64)
		default:
			return how, false, assert.InvalidType.New(hasherField, "object of strings")
		}
		if name == recipeField {
			how.recipe = text
		} else {
			how.values[name] = text
		}
	}
	if how.recipe == "" {
		return how, false, assert.Missing.New(hasherField + "." + recipeField)
	}
	return how, true, nil
}
