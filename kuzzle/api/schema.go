package api

import (
	"cmp"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"
	"unicode"
)

// Shaped is a type that writes its own JSON. Shape returns a value of a type whose fields
// and tags describe that JSON, for descriptions of the API.
type Shaped interface{ Shape() any }

// schemas makes JSON schemas of Go types. It keeps the schemas of named struct types under
// their names and refers to them.
type schemas struct {
	kept  map[string]any
	names map[reflect.Type]string
}

func newSchemas() *schemas {
	return &schemas{kept: map[string]any{}, names: map[reflect.Type]string{}}
}

// keep adds a schema that does not come from a type.
func (s *schemas) keep(name string, of schema) { s.kept[name] = of }

// schema is a JSON schema.
type schema = map[string]any

const keptAt = "#/components/schemas/"

func reference(name string) schema { return schema{"$ref": keptAt + name} }

var (
	marshalerType = reflect.TypeFor[json.Marshaler]()
	textType      = reflect.TypeFor[encoding.TextMarshaler]()
	timeType      = reflect.TypeFor[time.Time]()
	rawType       = reflect.TypeFor[json.RawMessage]()
)

// of returns the schema of a type's JSON.
func (s *schemas) of(t reflect.Type) schema {
	if t == nil || t == rawType {
		return schema{}
	}
	like := t
	switch value := reflect.Zero(t).Interface().(type) {
	case Shaped:
		if t.Kind() != reflect.Pointer {
			like = reflect.TypeOf(value.Shape())
		}
	case Typed:
		return schema{"type": value.JSONType()}
	}
	switch {
	case like != t && like.Kind() != reflect.Struct:
		return s.of(like)
	case like == timeType:
		return schema{"type": "string", "format": "date-time"}
	case like == reflect.TypeFor[*None]():
		return null
	case like.Kind() == reflect.Pointer:
		return orNull(s.of(like.Elem()))
	case like != t:
	case like.Implements(textType):
		return schema{"type": "string"}
	case like.Implements(marshalerType):
		return schema{}
	}
	if like.Kind() != reflect.Struct {
		return s.plain(like)
	}
	if t.Name() == "" || strings.Contains(t.Name(), "[") {
		return s.object(like)
	}
	name, known := s.names[t]
	if !known {
		name = s.name(t)
		s.names[t] = name
		s.kept[name] = nil // a type that contains itself finds the name
		s.kept[name] = s.object(like)
	}
	return reference(name)
}

// name returns a type's name, with its package's name before it if another type has the same
// name.
func (s *schemas) name(t reflect.Type) string {
	name := capital(t.Name())
	if _, taken := s.kept[name]; !taken {
		return name
	}
	return capital(t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]) + name
}

func capital(text string) string {
	runes := []rune(text)
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

func (s *schemas) plain(t reflect.Type) schema {
	switch kind := t.Kind(); kind {
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return schema{"type": "number"}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return schema{"type": "string", "contentEncoding": "base64"}
		}
		of := t.Elem()
		if of.Kind() == reflect.Pointer {
			of = of.Elem() // lists have no null elements
		}
		return schema{"type": "array", "items": s.of(of)}
	case reflect.Map:
		out := schema{"type": "object"}
		if of := s.of(t.Elem()); len(of) > 0 {
			out["additionalProperties"] = of
		}
		return out
	case reflect.Interface:
		return schema{}
	default:
		if kind < reflect.Int || kind > reflect.Uint64 {
			panic("api: no JSON has the type " + t.String())
		}
		return schema{"type": "integer"}
	}
}

// object describes a struct as encoding/json writes it.
func (s *schemas) object(t reflect.Type) schema {
	properties, must := map[string]any{}, []any{}
	s.members(t, properties, &must)
	out := schema{"type": "object", "properties": properties}
	if len(must) > 0 {
		out["required"] = must
	}
	return out
}

func (s *schemas) members(t reflect.Type, properties map[string]any, must *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			s.members(f.Type, properties, must)
			continue
		case !f.IsExported(), name == "-":
			continue
		}
		name = cmp.Or(name, f.Name)
		of := f.Type
		if strings.Contains(options, "omit") {
			if of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
		} else {
			*must = append(*must, name)
		}
		properties[name] = s.of(of)
	}
}

func orNull(of schema) schema {
	if kind, is := of["type"].(string); is {
		of["type"] = []any{kind, "null"}
		return of
	}
	if len(of) == 0 {
		return of
	}
	return schema{"anyOf": []any{of, schema{"type": "null"}}}
}

// anyOf returns a schema for one of several.
func anyOf(list []any) schema {
	if len(list) == 1 {
		return list[0].(schema)
	}
	return schema{"anyOf": list}
}
