package mapping

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Schema is a compiled mapping. It is immutable and safe for concurrent use.
type Schema struct {
	of     storage.Collection
	root   *branch
	fields map[string]*Field
	nested map[string]bool
	paths  []string        // of fields, sorted
	whole  *Schema         // which this is part of, nil for none
	only   *Key            // of the field that is found, nil for all
	copied map[string]bool // paths that values of other fields are copied to
}

// branch is an object of the mapping.
type branch struct {
	path     string
	nested   bool
	enabled  bool
	dynamic  string
	children map[string]*twig
}

// twig is a child of a branch: an object, or a field with its multi-fields.
type twig struct {
	branch *branch
	fields []*Field
}

// Compile returns the schema of a mapping that [Merge] or [Initial] returned.
func Compile(of storage.Collection, m storage.Mapping) *Schema {
	s := &Schema{of: of, fields: map[string]*Field{}, nested: map[string]bool{}}
	dynamic := m.Dynamic
	if dynamic == "" {
		dynamic = "false"
	}
	s.root = s.branch(m.Properties, "", "", dynamic)
	s.root.enabled = true
	s.copied = map[string]bool{}
	s.root.copy(s, s.root.copies(s, nil))
	for path := range s.fields {
		s.paths = append(s.paths, path)
	}
	slices.Sort(s.paths)
	return s
}

// copies gathers, by their path, the fields as they stand in the mapping.
func (b *branch) copies(s *Schema, at map[string][]*Field) map[string][]*Field {
	if at == nil {
		at = map[string][]*Field{}
	}
	for _, child := range b.children {
		if child.branch != nil {
			child.branch.copies(s, at)
			continue
		}
		at[child.fields[0].Path] = child.fields
	}
	return at
}

// copy gives fields the values of those that are copied to them. A path that is no field,
// or one within other elements than the copied value, gets none.
func (b *branch) copy(s *Schema, at map[string][]*Field) {
	for _, child := range b.children {
		if child.branch != nil {
			child.branch.copy(s, at)
			continue
		}
		from := child.fields[0]
		for _, path := range from.copies {
			to := at[path]
			if len(to) == 0 || path == from.Path || to[0].kept || to[0].Nested != "" && to[0].Nested != from.Nested {
				continue
			}
			child.fields = append(slices.Clip(child.fields), to...)
			for _, f := range to {
				s.copied[f.Path] = true
			}
		}
	}
}

func (s *Schema) branch(properties map[string]any, path, nested, dynamic string) *branch {
	b := &branch{path: path, dynamic: dynamic, enabled: true, children: map[string]*twig{}}
	for name, raw := range properties {
		definition, is := raw.(map[string]any)
		if !is {
			continue
		}
		at := join(path, name)
		if isObject(definition) {
			b.children[name] = &twig{branch: s.object(definition, at, nested, dynamic)}
			continue
		}
		b.children[name] = &twig{fields: s.leaves(definition, at, nested)}
	}
	return b
}

func (s *Schema) object(definition map[string]any, path, nested, dynamic string) *branch {
	isNested := definition["type"] == "nested"
	if isNested {
		nested = path
		s.nested[path] = true
	}
	if own, given := dynamicOf(definition["dynamic"]); given {
		dynamic = own
	}
	b := s.branch(propertiesOf(definition), path, nested, dynamic)
	b.nested = isNested
	if enabled, given := asBool(definition["enabled"]); given {
		b.enabled = enabled
	}
	return b
}

func (s *Schema) leaves(definition map[string]any, path, nested string) []*Field {
	fields := []*Field{leaf(definition, path, nested)}
	subs, _ := definition["fields"].(map[string]any)
	if fields[0].kept {
		subs = nil
	}
	for name, raw := range subs {
		if sub, is := raw.(map[string]any); is {
			fields = append(fields, leaf(sub, join(path, name), nested))
		}
	}
	for _, f := range fields {
		s.fields[f.Path] = f
	}
	return fields
}

func leaf(definition map[string]any, path, nested string) *Field {
	name, _ := definition["type"].(string)
	f := leafTypes[name]
	f.Area, f.Path, f.Type, f.Nested = Content, path, name, nested
	f.indexed, f.ignoreAbove = true, MaxKeywordBytes
	if indexed, given := asBool(definition["index"]); given {
		f.indexed = indexed
	}
	if f.kept {
		f.indexed = false
		return &f
	}
	f.lower = definition["normalizer"] == lowercase
	if paths, given := pathsOf(definition["copy_to"]); given {
		for _, path := range paths {
			f.copies = append(f.copies, path.(string))
		}
	}
	if lenient, given := asBool(definition["ignore_malformed"]); given {
		f.lenient = lenient
	}
	if n, given := asFloat(definition["ignore_above"]); given {
		f.ignoreAbove = min(int(n), MaxKeywordBytes)
	}
	f.scale, _ = asFloat(definition["scaling_factor"])
	format, _ := definition["format"].(string)
	f.formats, _ = dateFormats(format)
	if null, given := definition["null_value"]; given && null != nil {
		f.null, _ = f.convert(null)
	}
	return &f
}

// Only returns a schema that finds the field of a key in stored content, and little
// else.
func (s *Schema) Only(key Key) *Schema {
	if key.Area != Account && s.copied[key.Path] {
		return s // its values lie in other fields too
	}
	only := *s
	only.whole, only.only = s, &key
	only.root = s.root.only(key.Path)
	return &only
}

func (b *branch) only(path string) *branch {
	only := *b
	only.children = map[string]*twig{}
	name, rest, _ := strings.Cut(path, ".")
	switch child := b.children[name]; {
	case child == nil:
	case child.branch != nil:
		only.children[name] = &twig{branch: child.branch.only(rest)}
	default:
		only.children[name] = child
	}
	return &only
}

// Unsearchable lists the fields that are kept in documents and that nothing is found by,
// each with its type, sorted.
func Unsearchable(properties map[string]any) []string {
	s := &Schema{fields: map[string]*Field{}, nested: map[string]bool{}}
	s.branch(properties, "", "", "false")
	var kept []string
	for path, f := range s.fields {
		if f.kept {
			kept = append(kept, path+" ("+f.Type+")")
		}
	}
	slices.Sort(kept)
	return kept
}

// Spelling is how a text is compared with the field at a path; see [Field.Spelling].
func (s *Schema) Spelling(path, text string) string {
	if f := s.Field(path); f != nil {
		return f.Spelling(text)
	}
	return text
}

// Field answers the indexed field at a path of content, or nil.
func (s *Schema) Field(path string) *Field {
	if f := s.fields[path]; f != nil && f.indexed {
		return f
	}
	return nil
}

// Nested reports whether the mapping has a nested object at the path.
func (s *Schema) Nested(path string) bool { return s.nested[path] }

// Under returns the indexed fields inside the object at path; for the path of a
// field, that field.
func (s *Schema) Under(path string) []*Field {
	var under []*Field
	if s.fields[path] != nil {
		if f := s.Field(path); f != nil {
			under = append(under, f)
		}
		return under
	}
	prefix := path + "."
	start, _ := slices.BinarySearch(s.paths, prefix)
	for _, p := range s.paths[start:] {
		if !strings.HasPrefix(p, prefix) {
			break
		}
		if f := s.Field(p); f != nil {
			under = append(under, f)
		}
	}
	return under
}
