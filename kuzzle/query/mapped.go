package query

import (
	"slices"
	"strings"
)

// Mapped is a field of the mapping, with the properties that the parsers need.
type Mapped struct {
	// Path is dotted, without the area.
	Path string
	// Type is Elasticsearch's name of the type, such as keyword, text, long.
	Type string
	// Nested is the path of the innermost nested object around it, or "".
	Nested string
}

// MappedFields returns the searchable fields of a mapping's properties, including
// multi-fields, by path.
func MappedFields(properties map[string]any) []Mapped {
	fields := gather(nil, properties, "", "")
	slices.SortFunc(fields, func(a, b Mapped) int { return strings.Compare(a.Path, b.Path) })
	return fields
}

func gather(into []Mapped, properties map[string]any, prefix, nested string) []Mapped {
	for name, raw := range properties {
		definition, is := raw.(map[string]any)
		if !is || definition["enabled"] == false {
			continue
		}
		path := prefix + name
		children, isObject := definition["properties"].(map[string]any)
		if isObject {
			inside := nested
			if definition["type"] == "nested" {
				inside = path
			}
			into = gather(into, children, path+".", inside)
			continue
		}
		kind, typed := definition["type"].(string)
		if !typed || kind == "object" || kind == "nested" {
			continue
		}
		if definition["index"] != false {
			into = append(into, Mapped{Path: path, Type: kind, Nested: nested})
		}
		if variants, has := definition["fields"].(map[string]any); has {
			into = gather(into, variants, path+".", nested)
		}
	}
	return into
}
