package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Bounds of a mapping.
const (
	MaxFields    = 1000
	maxDepth     = 20
	maxNameBytes = 256
)

// checker checks a client's properties and makes their canonical form: a new
// copy with unfolded dotted names and explicit properties in every object.
type checker struct {
	of     storage.Collection
	fields int
}

func (c *checker) properties(in map[string]any, path string, depth int) (map[string]any, error) {
	if depth > maxDepth {
		return nil, storage.ErrInvalidMapping.New(path, fmt.Sprintf("objects may be nested %d levels deep", maxDepth))
	}
	out := make(map[string]any, len(in))
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if err := c.property(out, name, in[name], path, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *checker) property(out map[string]any, name string, raw any, path string, depth int) error {
	at := join(path, name)
	head, rest, dotted := strings.Cut(name, ".")
	if head == "" || len(name) > maxNameBytes || dotted && rest == "" {
		return storage.ErrInvalidMapping.New(at, fmt.Sprintf("a field's name must have 1 to %d bytes and no empty part", maxNameBytes))
	}
	given, is := raw.(map[string]any)
	if !is {
		return storage.ErrMappingProperty.New(at)
	}
	if dotted {
		given = map[string]any{"properties": map[string]any{rest: given}}
	}
	definition, err := c.definition(given, join(path, head), depth)
	if err != nil {
		return err
	}
	if other, taken := out[head]; taken {
		return c.combine(out, head, other.(map[string]any), definition, at)
	}
	out[head] = definition
	return nil
}

// combine merges two definitions of one object; two definitions of a field are a
// fault.
func (c *checker) combine(out map[string]any, name string, a, b map[string]any, at string) error {
	if !isObject(a) || !isObject(b) {
		return storage.ErrDuplicateField.New(at, string(c.of))
	}
	merged, err := mergeProperties(propertiesOf(a), propertiesOf(b), at)
	if err != nil {
		return storage.ErrDuplicateField.New(at, string(c.of))
	}
	joined := maps.Clone(a)
	maps.Copy(joined, b)
	joined["properties"] = merged
	out[name] = joined
	return nil
}

func (c *checker) definition(in map[string]any, path string, depth int) (map[string]any, error) {
	if c.fields++; c.fields > MaxFields {
		return nil, storage.ErrBadRequest.New(fmt.Sprintf("a mapping must have at most %d fields", MaxFields))
	}
	name, err := typeOf(in, path)
	if err != nil {
		return nil, err
	}
	if leafTypes[name].kept {
		return maps.Clone(in), nil
	}
	allowed, known := parameters[name]
	if !known {
		return nil, storage.ErrMappingType.New(path, name)
	}
	out := map[string]any{}
	for _, parameter := range slices.Sorted(maps.Keys(in)) {
		value := in[parameter]
		if parameter == "type" {
			out["type"] = name
			continue
		}
		kind, fits := allowed[parameter]
		if !fits {
			return nil, storage.ErrUnexpectedProperties.New(parameter, path)
		}
		if out[parameter], err = c.parameter(parameter, kind, value, path, depth); err != nil {
			return nil, err
		}
	}
	return out, checkValues(name, out, path)
}

func typeOf(in map[string]any, path string) (string, error) {
	raw, given := in["type"]
	if !given {
		if _, object := in["properties"]; object {
			return "object", nil
		}
		if _, object := in["dynamic"]; object {
			return "object", nil
		}
		return "", storage.ErrInvalidMapping.New(path, `give its "type", or "properties" for an object`)
	}
	name, is := raw.(string)
	if !is {
		return "", storage.ErrMappingProperty.New(join(path, "type"))
	}
	return name, nil
}

func (c *checker) parameter(name, kind string, value any, path string, depth int) (any, error) {
	wrong := storage.ErrMappingProperty.New(join(path, name))
	switch kind {
	case "boolean":
		if b, is := asBool(value); is {
			return b, nil
		}
		return nil, wrong
	case "number":
		if n, is := asFloat(value); is && n >= 0 {
			return n, nil
		}
		return nil, wrong
	case "string":
		if s, is := value.(string); is {
			return s, nil
		}
		return nil, wrong
	case "paths":
		if list, is := pathsOf(value); is {
			return list, nil
		}
		return nil, wrong
	case "dynamic":
		if s, is := dynamicOf(value); is {
			return s, nil
		}
		return nil, wrong
	case "scalar":
		switch value.(type) {
		case string, bool, float64, json.Number, nil:
			return value, nil
		}
		return nil, wrong
	}
	return c.objectParameter(name, value, path, depth)
}

func (c *checker) objectParameter(name string, value any, path string, depth int) (any, error) {
	object, is := value.(map[string]any)
	if !is {
		return nil, storage.ErrMappingProperty.New(join(path, name))
	}
	switch name {
	case "properties":
		return c.properties(object, path, depth+1)
	case "fields":
		fields, err := c.properties(object, path, depth+1)
		if err != nil {
			return nil, err
		}
		for sub, definition := range fields {
			if d := definition.(map[string]any); isObject(d) || d["fields"] != nil {
				return nil, storage.ErrInvalidMapping.New(join(path, sub), "a field of a field cannot have fields itself")
			}
		}
		return fields, nil
	}
	return object, nil
}

// checkValues checks parameters whose values need more than a JSON kind.
func checkValues(name string, definition map[string]any, path string) error {
	if format, given := definition["format"].(string); given {
		if _, unknown := dateFormats(format); unknown != "" {
			return storage.ErrInvalidMapping.New(join(path, "format"), fmt.Sprintf("%q is no pattern such as yyyy-MM-dd HH:mm:ss, and none of %s, %s",
				unknown, strings.Join(knownFormats, ", "), strings.Join(slices.Sorted(maps.Keys(namedPatterns)), ", ")))
		}
	}
	if normalizer, given := definition["normalizer"].(string); given && normalizer != lowercase {
		return storage.ErrInvalidMapping.New(join(path, "normalizer"), `the normalizer is "`+lowercase+`"`)
	}
	for _, parameter := range []string{"analyzer", "search_analyzer"} {
		if analyzer, given := definition[parameter].(string); given && analyzer != "standard" && analyzer != "default" {
			return storage.ErrInvalidMapping.New(join(path, parameter), `the analyzer must be "standard"`)
		}
	}
	if scale, _ := definition["scaling_factor"].(float64); name == "scaled_float" && scale <= 0 {
		return storage.ErrInvalidMapping.New(path, `a scaled_float needs a "scaling_factor" above 0`)
	}
	if null, given := definition["null_value"]; given && null != nil {
		f := leaf(definition, path, "")
		if _, err := f.convert(null); err != nil {
			return storage.ErrInvalidMapping.New(join(path, "null_value"), "it must be of type "+name)
		}
	}
	return nil
}

// lowercase is the one normalizer that is known.
const lowercase = "lowercase"

// pathsOf reads one path or a list of them, as the list that a mapping keeps.
func pathsOf(value any) (list []any, ok bool) {
	switch v := value.(type) {
	case string:
		list = []any{v}
	case []any:
		list = v
	}
	for _, path := range list {
		if s, is := path.(string); !is || s == "" || len(s) > maxDepth*maxNameBytes {
			return nil, false
		}
	}
	return list, len(list) > 0 && len(list) <= maxCopies
}

// maxCopies is how many fields one field is copied to at most.
const maxCopies = 20

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func isObject(definition map[string]any) bool {
	switch definition["type"] {
	case nil, "object", "nested":
		return true
	}
	return false
}

func propertiesOf(definition map[string]any) map[string]any {
	properties, _ := definition["properties"].(map[string]any)
	return properties
}

func asBool(v any) (bool, bool) {
	switch v {
	case true, "true":
		return true, true
	case false, "false":
		return false, true
	}
	return false, false
}

func asFloat(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}

func dynamicOf(v any) (string, bool) {
	switch v {
	case true, "true":
		return "true", true
	case false, "false":
		return "false", true
	case "strict":
		return "strict", true
	}
	return "", false
}
