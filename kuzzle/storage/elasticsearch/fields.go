package elasticsearch

import (
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// The two objects of a record that hold its typed values.
const (
	contentFields = "f"
	accountFields = "a"
)

// A field's name in the index is its escaped path and the letter of its kind,
// so that a name never changes its type.
const (
	keywordLetter = "k"
	textLetter    = "t"
	longLetter    = "l"
	doubleLetter  = "d"
)

func letter(kind mapping.Kind) string {
	switch kind {
	case mapping.Keyword:
		return keywordLetter
	case mapping.Text:
		return textLetter
	case mapping.Double:
		return doubleLetter
	}
	return longLetter // long, date in milliseconds, boolean as 0 and 1
}

var definitions = map[string]any{
	keywordLetter: map[string]any{"type": "keyword"},
	textLetter:    map[string]any{"type": "text", "analyzer": wordsAnalyzer, "norms": false, "position_increment_gap": 100},
	longLetter:    map[string]any{"type": "long"},
	doubleLetter:  map[string]any{"type": "double"},
}

// escape makes a path one name without dots: a dot becomes a slash, what is
// neither letter, digit, _ nor - becomes ~ and its code.
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

func leafName(path string, kind mapping.Kind) string { return escape(path) + ":" + letter(kind) }

func elementName(path string) string { return escape(path) + "@" }

// accountObject holds the account values of one kind.
func accountObject(kind mapping.Kind) string {
	if kind == mapping.Boolean {
		return "b"
	}
	return letter(kind)
}

var accountKinds = []mapping.Kind{mapping.Double, mapping.Boolean, mapping.Keyword}

// accountField is the full name of an account path's values of a kind.
func accountField(path string, kind mapping.Kind) string {
	return accountFields + "." + accountObject(kind) + "." + escape(path) + ":"
}

// around lists the nested objects that a path lies in, outermost first.
func around(schema *mapping.Schema, path string) []string {
	var paths []string
	for i, c := range path {
		if c == '.' && schema.Nested(path[:i]) {
			paths = append(paths, path[:i])
		}
	}
	return paths
}

// contentField is the full name of a field.
func contentField(schema *mapping.Schema, f *mapping.Field) string {
	return container(around(schema, f.Path)) + leafName(f.Path, f.Kind)
}

// nestedField is the full name of a nested object.
func nestedField(schema *mapping.Schema, path string) string {
	return container(around(schema, path)) + elementName(path)
}

func container(nested []string) string {
	var out strings.Builder
	out.WriteString(contentFields + ".")
	for _, path := range nested {
		out.WriteString(elementName(path) + ".")
	}
	return out.String()
}
