package mapping

import (
	"maps"
	"reflect"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Merge checks a change of mapping and returns the collection's mapping after
// it. It modifies neither argument. Faults: the ErrMapping… ones of storage,
// ErrInvalidMapping, ErrCannotChangeMapping, ErrDuplicateField,
// ErrUnexpectedProperties, ErrBadRequest for too many fields.
func Merge(of storage.Collection, has, change storage.Mapping) (storage.Mapping, error) {
	merged := storage.Mapping{Dynamic: has.Dynamic, Meta: has.Meta}
	if change.Dynamic != "" {
		dynamic, is := dynamicOf(change.Dynamic)
		if !is {
			return merged, storage.ErrMappingProperty.New("dynamic")
		}
		merged.Dynamic = dynamic
	}
	if change.Meta != nil {
		merged.Meta = change.Meta
	}
	properties, err := (&checker{of: of}).properties(change.Properties, "", 1)
	if err != nil {
		return merged, err
	}
	if merged.Properties, err = mergeProperties(has.Properties, properties, ""); err != nil {
		return merged, err
	}
	// The whole mapping is counted, because each change may be small.
	_, err = (&checker{of: of}).properties(merged.Properties, "", 1)
	return merged, err
}

func mergeProperties(has, change map[string]any, path string) (map[string]any, error) {
	merged := map[string]any{}
	maps.Copy(merged, has)
	for name, raw := range change {
		definition, _ := raw.(map[string]any)
		old, known := has[name].(map[string]any)
		if !known {
			merged[name] = definition
			continue
		}
		both, err := mergeDefinition(old, definition, join(path, name))
		if err != nil {
			return nil, err
		}
		merged[name] = both
	}
	return merged, nil
}

func mergeDefinition(has, change map[string]any, path string) (map[string]any, error) {
	if typeName(has) != typeName(change) {
		return nil, storage.ErrCannotChangeMapping.New(path)
	}
	merged := maps.Clone(has)
	for name, value := range change {
		switch name {
		case "properties", "fields":
			old, _ := has[name].(map[string]any)
			given, _ := value.(map[string]any)
			both, err := mergeProperties(old, given, path)
			if err != nil {
				return nil, err
			}
			merged[name] = both
		case "dynamic", "meta", "coerce", "norms":
			merged[name] = value
		default:
			if !mayBecome(name, has[name], value) {
				return nil, storage.ErrCannotChangeMapping.New(path)
			}
			merged[name] = value
		}
	}
	return merged, nil
}

// mayBecome reports whether the index stays correct when a parameter gets this
// value.
func mayBecome(parameter string, has, value any) bool {
	if reflect.DeepEqual(has, value) {
		return true
	}
	switch parameter {
	case "ignore_above":
		old, limited := asFloat(has)
		given, _ := asFloat(value)
		return limited && given >= old
	case "copy_to":
		old, _ := pathsOf(has)
		given, _ := pathsOf(value)
		return !slices.ContainsFunc(old, func(path any) bool { return !slices.Contains(given, path) })
	case "index", "doc_values", "enabled":
		return has == nil && value == true
	case "store", "fielddata", "eager_global_ordinals", "ignore_malformed":
		return true
	}
	return false
}

func typeName(definition map[string]any) string {
	if name, given := definition["type"].(string); given {
		return name
	}
	return "object"
}
