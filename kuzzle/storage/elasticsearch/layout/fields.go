package layout

import (
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// The two objects of a record with its typed values.
const (
	ContentFields = "f"
	AccountFields = "a"
)

// A field's name in the index is its escaped path and the letter of its kind,
// so that a name never changes its type.
const (
	KeywordLetter = "k"
	textLetter    = "t"
	LongLetter    = "l"
	DoubleLetter  = "d"
)

// Letter returns the letter that ends the names of fields of a kind.
func Letter(kind mapping.Kind) string {
	switch kind {
	case mapping.Keyword:
		return KeywordLetter
	case mapping.Text:
		return textLetter
	case mapping.Double:
		return DoubleLetter
	}
	return LongLetter // long, date in milliseconds, boolean as 0 and 1
}

var definitions = map[string]any{
	KeywordLetter: map[string]any{"type": "keyword"},
	textLetter:    map[string]any{"type": "text", "analyzer": wordsAnalyzer, "norms": false, "position_increment_gap": 100},
	LongLetter:    map[string]any{"type": "long"},
	DoubleLetter:  map[string]any{"type": "double"},
}

// escape returns a path as one name without dots: a dot becomes a slash, and
// every character except letters, digits, _ and - becomes ~ and its code.
func escape(path string) string {
	const hex = "0123456789abcdef"
	var out strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
			out.WriteByte(c)
		case c == '.':
			out.WriteByte('/')
		default:
			out.WriteByte('~')
			out.WriteByte(hex[c>>4])
			out.WriteByte(hex[c&15])
		}
	}
	return out.String()
}

func leafName(path string, kind mapping.Kind) string { return escape(path) + ":" + Letter(kind) }

func elementName(path string) string { return escape(path) + "@" }

// accountObject returns the object for account values of one kind.
func accountObject(kind mapping.Kind) string {
	if kind == mapping.Boolean {
		return "b"
	}
	return Letter(kind)
}

// AccountKinds are the kinds of values of an account path, in order.
var AccountKinds = []mapping.Kind{mapping.Double, mapping.Boolean, mapping.Keyword}

// AccountField returns the full name of the field for an account path's values
// of a kind.
func AccountField(path string, kind mapping.Kind) string {
	return AccountFields + "." + accountObject(kind) + "." + escape(path) + ":"
}

// around returns the nested objects that contain a path, outermost first.
func around(schema *mapping.Schema, path string) []string {
	var paths []string
	for i, c := range path {
		if c == '.' && schema.Nested(path[:i]) {
			paths = append(paths, path[:i])
		}
	}
	return paths
}

// ContentField returns the full name of a field.
func ContentField(schema *mapping.Schema, f *mapping.Field) string {
	return container(around(schema, f.Path)) + leafName(f.Path, f.Kind)
}

// NestedField returns the full name of a nested object.
func NestedField(schema *mapping.Schema, path string) string {
	return container(around(schema, path)) + elementName(path)
}

func container(nested []string) string {
	var out strings.Builder
	out.WriteString(ContentFields + ".")
	for _, path := range nested {
		out.WriteString(elementName(path) + ".")
	}
	return out.String()
}
