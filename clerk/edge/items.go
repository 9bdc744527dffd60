package edge

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Items are the arguments of a body that is a list. Each item is a struct whose fields
// have the tag body, like those of an action, and are decoders. Decode reports the first
// wrong item.
type Items[T any] struct{ Values []T }

// Decode implements api.Decoder.
func (i *Items[T]) Decode(_ string, value any) error {
	list, ok := value.([]any)
	if !ok {
		return BodyNoList.New()
	}
	i.Values = make([]T, len(list))
	for n, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			return BodyNoList.New()
		}
		fields := map[string]api.Decoder{}
		decoders(reflect.ValueOf(&i.Values[n]).Elem(), fields)
		for _, param := range slices.Sorted(maps.Keys(object)) {
			field, known := fields[param]
			if !known {
				return assert.Unexpected.New(bodyPrefix+param, slices.Sorted(maps.Keys(fields)))
			}
			if err := field.Decode(bodyPrefix+param, object[param]); err != nil {
				return err
			}
		}
	}
	return nil
}

// decoders collects the fields of a struct, and of structs embedded in it, by their
// parameters.
func decoders(of reflect.Value, into map[string]api.Decoder) {
	for i := range of.NumField() {
		field, value := of.Type().Field(i), of.Field(i)
		tag, tagged := field.Tag.Lookup("body")
		param, _, _ := strings.Cut(tag, ",")
		switch {
		case field.Anonymous && !tagged:
			decoders(value, into)
		case tagged:
			into[param] = value.Addr().Interface().(api.Decoder)
		}
	}
}
