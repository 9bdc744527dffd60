package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// The indexes that are no collection.
const (
	claimsIndex  = "claims"
	metaIndex    = "meta"
	cursorsIndex = "cursors"
)

// schemaVersion is what the layout of records, and the rule that normalises
// identifiers, is called. An index of another one is refused.
const schemaVersion = 1

// wordsAnalyzer splits at spaces: what it gets are words already.
const wordsAnalyzer = "whitespace"

// Bounds of an index.
const (
	maxFields  = 8000
	maxNested  = 1000
	maxDepth   = 60
	maxPattern = 40_000
)

func (s *Store) index(name string) string { return s.options.Prefix + name }

func (s *Store) indexNames() []string {
	names := []string{claimsIndex, metaIndex, cursorsIndex, changesIndex}
	for _, of := range storage.Collections {
		names = append(names, string(of))
	}
	return names
}

// createIndex makes an index unless it is there. Several nodes may do so at
// once: one wins, the others find it.
func (s *Store) createIndex(ctx context.Context, name string) error {
	if s.options.Existing {
		return s.missing(s.checkIndex(ctx, name))
	}
	body, err := encode(map[string]any{"settings": s.settings(name), "mappings": mappings(name)})
	if err != nil {
		return err
	}
	err = s.cluster.do(ctx, esapi.IndicesCreateRequest{Index: s.index(name), Body: bytes.NewReader(body)}, nil)
	if err != nil && !isKind(err, "resource_already_exists_exception") {
		return err
	}
	return s.checkIndex(ctx, name)
}

// missing says what it means that there is no index.
func (s *Store) missing(err error) error {
	if isStatus(err, http.StatusNotFound) {
		return &SetupError{Problem: fmt.Sprintf("there is no data under the prefix %q", s.options.Prefix), Remedy: "check the address and the prefix", Cause: err}
	}
	return err
}

func (s *Store) settings(name string) map[string]any {
	settings := map[string]any{
		"number_of_shards":                                 s.options.Shards,
		"refresh_interval":                                 "1s",
		"write.wait_for_active_shards":                     s.options.WaitForActiveShards,
		"max_result_window":                                maxWindow,
		"max_regex_length":                                 maxPattern,
		"mapping.total_fields.limit":                       maxFields,
		"mapping.total_fields.ignore_dynamic_beyond_limit": true,
		"mapping.nested_fields.limit":                      maxNested,
		"mapping.depth.limit":                              maxDepth,
	}
	if name == changesIndex {
		settings["number_of_shards"], settings["refresh_interval"] = 1, "-1"
	}
	if s.options.Replicas < 0 {
		settings["auto_expand_replicas"] = "0-1"
	} else {
		settings["number_of_replicas"] = s.options.Replicas
	}
	return settings
}

// mappings are strict: whatever is not listed is a mistake in this package.
// Secrets, and content as it was given, are stored and never indexed.
func mappings(name string) map[string]any {
	stored := map[string]any{"type": "object", "enabled": false}
	keyword := map[string]any{"type": "keyword"}
	long := map[string]any{"type": "long"}
	properties := map[string]any{"op": stored, "moved": stored, "at": long}
	switch name {
	case claimsIndex:
		properties["of"], properties["owner"], properties["inc"] = stored, keyword, stored
		properties["latch"], properties["settled"] = stored, stored
	case metaIndex:
		properties["meta"] = stored
	case cursorsIndex:
		properties["cursor"] = stored
	case changesIndex:
		properties["journal"], properties["members"] = stored, stored
	default:
		for _, field := range []string{"inc", "n", "ver", "epoch", "claims", "latches", "content", "account", "auth"} {
			properties[field] = stored
		}
		properties["id"], properties["live"] = keyword, map[string]any{"type": "boolean"}
		properties["gen"], properties["expires"], properties["died"] = long, long, long
		properties[contentFields] = map[string]any{"type": "object", "dynamic": "strict", "properties": fieldMappings(storage.Collection(name), mapping.Initial(storage.Collection(name)))}
		properties[accountFields] = map[string]any{"type": "object", "dynamic": true}
	}
	return map[string]any{
		"dynamic": "strict", "_meta": map[string]any{"kuzzle": schemaVersion}, "properties": properties,
		"dynamic_templates": []any{
			template("a.k.*", definitions[keywordLetter]), template("a.d.*", definitions[doubleLetter]), template("a.b.*", definitions[longLetter]),
		},
	}
}

func template(path string, definition any) map[string]any {
	return map[string]any{strings.ReplaceAll(path, ".", "_"): map[string]any{"path_match": path, "mapping": definition}}
}

// fieldMappings are the definitions of a mapping's fields in the index.
func fieldMappings(of storage.Collection, m storage.Mapping) map[string]any {
	schema := mapping.Compile(of, m)
	root := map[string]any{}
	nestedMappings(schema, root, m.Properties, "")
	for _, mapped := range query.MappedFields(m.Properties) {
		if f := schema.Field(mapped.Path); f != nil {
			into(schema, root, mapped.Path)[leafName(f.Path, f.Kind)] = definitions[letter(f.Kind)]
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

// into finds the properties of the innermost nested object around a path.
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

// putFields adds the fields of a mapping to the index. Fields that are there
// already have the same definition.
func (s *Store) putFields(ctx context.Context, of storage.Collection, m storage.Mapping) error {
	body, err := encode(map[string]any{"properties": map[string]any{contentFields: map[string]any{"properties": fieldMappings(of, m)}}})
	if err != nil {
		return err
	}
	return s.cluster.ask(ctx, func() esapi.Request {
		return esapi.IndicesPutMappingRequest{Index: []string{s.index(string(of))}, Body: bytes.NewReader(body)}
	}, nil)
}

// checkIndex refuses an index that somebody else made under our prefix, or a
// version of this program that is not this one.
func (s *Store) checkIndex(ctx context.Context, name string) error {
	var answer map[string]struct {
		Mappings struct {
			Meta map[string]json.Number `json:"_meta"`
		} `json:"mappings"`
	}
	err := s.cluster.ask(ctx, func() esapi.Request { return esapi.IndicesGetMappingRequest{Index: []string{s.index(name)}} }, &answer)
	if err != nil {
		return err
	}
	for index, found := range answer {
		switch version := found.Mappings.Meta["kuzzle"]; version.String() {
		case fmt.Sprint(schemaVersion):
		case "":
			return &SetupError{Problem: fmt.Sprintf("the index %q is not ours", index), Remedy: "choose another prefix"}
		default:
			return &SetupError{Problem: fmt.Sprintf("the index %q has schema %s and this version writes %d", index, version, schemaVersion), Remedy: "run the version that made it"}
		}
	}
	return nil
}

// deleteIndexes removes all indexes with everything in them.
func (s *Store) deleteIndexes(ctx context.Context) error {
	var names []string
	for _, name := range s.indexNames() {
		names = append(names, s.index(name))
	}
	ignore := true
	err := s.cluster.do(ctx, esapi.IndicesDeleteRequest{Index: names, IgnoreUnavailable: &ignore}, nil)
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
