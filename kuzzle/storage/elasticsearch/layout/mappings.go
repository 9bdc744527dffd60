package layout

import (
	"maps"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/version"
)

// IndexMeta is the metadata of an index.
type IndexMeta struct {
	Schema int    `json:"kuzzle"`
	Store  string `json:"store"`
	// Program upgraded the index to its schema. Before schema 3 it is empty.
	Program string `json:"program,omitempty"`
}

// wordsAnalyzer splits at spaces: its input consists of words already.
const wordsAnalyzer = "whitespace"

// Mappings returns the strict mapping of an index: a field that is not listed is a
// mistake in this package. Secrets and the original content are stored and never
// indexed.
func Mappings(name, store string) map[string]any {
	stored := map[string]any{"type": "object", "enabled": false}
	keyword := map[string]any{"type": "keyword"}
	long := map[string]any{"type": "long"}
	properties := map[string]any{"op": stored, "moved": stored, "at": long}
	switch name {
	case ClaimsIndex:
		properties["of"], properties["owner"], properties["inc"] = stored, keyword, stored
		properties["latch"], properties["settled"] = stored, stored
	case MetaIndex:
		properties["meta"] = stored
	case CursorsIndex:
		properties["cursor"] = stored
	case ChangesIndex:
		properties["journal"], properties["members"] = stored, stored
	default:
		for _, field := range []string{"inc", "n", "ver", "epoch", "claims", "latches", "content", "account", "auth"} {
			properties[field] = stored
		}
		properties["id"], properties["live"] = keyword, map[string]any{"type": "boolean"}
		maps.Copy(properties, PartFields(storage.Collection(name)))
		maps.Copy(properties, OutboxFields())
		properties["gen"], properties["expires"], properties["died"] = long, long, long
		properties[ContentFields] = map[string]any{"type": "object", "dynamic": "strict", "properties": FieldMappings(storage.Collection(name), mapping.Initial(storage.Collection(name)))}
		properties[AccountFields] = map[string]any{"type": "object", "dynamic": true}
	}
	return map[string]any{
		"dynamic": "strict", "_meta": IndexMeta{Schema: storage.LatestSchema(), Store: store, Program: version.Full()}, "properties": properties,
		"dynamic_templates": []any{
			template("a.k.*", definitions[KeywordLetter]), template("a.d.*", definitions[DoubleLetter]), template("a.b.*", definitions[LongLetter]),
		},
	}
}

// OutboxFields returns the fields of records with messages. They exist since schema
// 4.
func OutboxFields() map[string]any {
	return map[string]any{"out": map[string]any{"type": "object", "enabled": false}, "due": map[string]any{"type": "boolean"}}
}

// PartFields returns the fields in which texts are found by their parts: of account
// members, and of the id. They exist since schema 6.
func PartFields(of storage.Collection) map[string]any {
	members := mapping.Contained(of)
	if len(members) == 0 {
		return nil
	}
	fields := map[string]any{idParts: definitions[textLetter]}
	for _, member := range members {
		fields[member] = definitions[textLetter]
	}
	return map[string]any{partsOfTexts: map[string]any{"type": "object", "dynamic": "strict", "properties": fields}}
}

func template(path string, definition any) map[string]any {
	return map[string]any{strings.ReplaceAll(path, ".", "_"): map[string]any{"path_match": path, "mapping": definition}}
}

// FieldMappings returns the index's definitions of a mapping's fields.
func FieldMappings(of storage.Collection, m storage.Mapping) map[string]any {
	schema := mapping.Compile(of, m)
	root := map[string]any{}
	nestedMappings(schema, root, m.Properties, "")
	for _, mapped := range query.MappedFields(m.Properties) {
		if f := schema.Field(mapped.Path); f != nil {
			into(schema, root, mapped.Path)[leafName(f.Path, f.Kind)] = definitions[Letter(f.Kind)]
		}
	}
	return root
}

func nestedMappings(schema *mapping.Schema, root, properties map[string]any, prefix string) {
	for name, raw := range properties {
		definition, _ := raw.(map[string]any)
		path := prefix + name
		if schema.Nested(path) {
			into(schema, root, path+".")
		}
		if inner, is := definition["properties"].(map[string]any); is {
			nestedMappings(schema, root, inner, path+".")
		}
	}
}

// into returns the properties of the innermost nested object around a path.
func into(schema *mapping.Schema, properties map[string]any, path string) map[string]any {
	for _, nested := range around(schema, path) {
		object, _ := properties[elementName(nested)].(map[string]any)
		if object == nil {
			object = map[string]any{"type": "nested", "dynamic": "strict", "properties": map[string]any{}}
			properties[elementName(nested)] = object
		}
		properties = object["properties"].(map[string]any)
	}
	return properties
}
