package elasticsearch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/version"
)

// The indexes that are no collection.
const (
	claimsIndex  = "claims"
	metaIndex    = "meta"
	cursorsIndex = "cursors"
)

// wordsAnalyzer splits at spaces: what it gets are words already.
const wordsAnalyzer = "whitespace"

// Bounds of an index.
const (
	maxFields  = 8000
	maxNested  = 1000
	maxDepth   = 60
	maxPattern = 40_000
)

// index is what requests call an index: an alias that only the store's own
// indexes have. A request that reaches another cluster, or one that has lost
// its data, finds nothing there, and a write makes nothing there.
func (s *Store) index(name string) string { return s.concrete(name) + "." + s.id }

// concrete is an index's own name, for making and removing it.
func (s *Store) concrete(name string) string { return s.options.Prefix + name }

func (s *Store) indexNames() []string {
	names := []string{claimsIndex, metaIndex, cursorsIndex, changesIndex}
	for _, of := range storage.Collections {
		names = append(names, string(of))
	}
	return names
}

// createIndex makes an index unless it is there. Several nodes may do so at
// once: one wins, the others find it. It answers before replicas have started.
func (s *Store) createIndex(ctx context.Context, name string) error {
	body, err := encode(map[string]any{
		"settings": s.settings(name), "mappings": mappings(name, s.id), "aliases": map[string]any{s.index(name): map[string]any{}},
	})
	if err != nil {
		return err
	}
	request := esapi.IndicesCreateRequest{Index: s.concrete(name), Body: bytes.NewReader(body), WaitForActiveShards: "1"}
	err = s.cluster.do(ctx, request, nil)
	if isKind(err, "resource_already_exists_exception") {
		return nil
	}
	return err
}

func (s *Store) settings(name string) map[string]any {
	settings := s.changeable(name)
	maps.Copy(settings, map[string]any{
		"number_of_shards":                                 s.options.Shards,
		"max_result_window":                                storage.MaxWindow,
		"max_regex_length":                                 maxPattern,
		"mapping.total_fields.limit":                       maxFields,
		"mapping.total_fields.ignore_dynamic_beyond_limit": true,
		"mapping.nested_fields.limit":                      maxNested,
		"mapping.depth.limit":                              maxDepth,
	})
	if name == changesIndex {
		settings["number_of_shards"] = 1
	}
	return settings
}

// mappings are strict: whatever is not listed is a mistake in this package.
// Secrets, and content as it was given, are stored and never indexed.
func mappings(name, store string) map[string]any {
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
		"dynamic": "strict", "_meta": indexMeta{Schema: storage.LatestSchema(), Store: store, Program: version.Full()}, "properties": properties,
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

// createIndexes makes the indexes that are missing. Of a store that was whole
// once only those are made anew in which nothing lies that anybody was promised.
func (s *Store) createIndexes(ctx context.Context, isNew bool) error {
	var had []string
	if !isNew && !s.options.Existing {
		var err error
		if had, err = s.hadIndexes(ctx); err != nil {
			return err
		}
	}
	names := s.indexNames()
	errs := make([]error, len(names))
	parallel.AtMost(len(names), len(names), func(i int) {
		may := !s.options.Existing || storage.Since(storage.Collection(names[i])) > s.from
		errs[i] = s.prepareIndex(ctx, names[i], may && !slices.Contains(had, names[i]))
	})
	if err := cmp.Or(errs...); err != nil {
		return err
	}
	return s.awaitIndexes(ctx, names...)
}

// hadIndexes are those that were made before: who makes a store writes the
// mappings of its collections when all of its indexes are there.
func (s *Store) hadIndexes(ctx context.Context) (had []string, err error) {
	if err := s.prepareIndex(ctx, metaIndex, false); err != nil {
		return nil, err
	}
	if err := s.awaitIndexes(ctx, metaIndex); err != nil {
		return nil, err
	}
	found, err := s.readMappings(ctx)
	for i, k := range found {
		if k.at != absent {
			had = append(had, string(storage.Collections[i]))
		}
	}
	if len(had) > 0 {
		had = append(had, claimsIndex)
	}
	return had, err
}

// awaitIndexes waits until indexes can be read: another node may have made them a
// moment ago, and until its shards have started a read of one fails.
func (s *Store) awaitIndexes(ctx context.Context, names ...string) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	tick := time.NewTicker(firstBackoff)
	defer tick.Stop()
	for {
		started, err := s.primariesStarted(ctx, names)
		if started || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return unavailable(errors.New("elasticsearch: an index has no active primary shard"))
		case <-tick.C:
		}
	}
}

// primariesStarted looks at each shard: the health of an index that is being
// made is no worse than that of one without replicas.
func (s *Store) primariesStarted(ctx context.Context, of []string) (bool, error) {
	var names []string
	for _, name := range of {
		names = append(names, s.concrete(name))
	}
	var answer struct {
		Indices map[string]struct {
			Shards map[string]struct {
				PrimaryActive bool `json:"primary_active"`
			} `json:"shards"`
		} `json:"indices"`
	}
	err := s.cluster.ask(ctx, func() esapi.Request { return esapi.ClusterHealthRequest{Index: names, Level: "shards"} }, &answer)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		index := answer.Indices[name]
		if len(index.Shards) == 0 {
			return false, nil
		}
		for _, shard := range index.Shards {
			if !shard.PrimaryActive {
				return false, nil
			}
		}
	}
	return true, nil
}

// deleteIndexes removes all indexes with everything in them.
func (s *Store) deleteIndexes(ctx context.Context) error {
	var names []string
	for _, name := range s.indexNames() {
		names = append(names, s.concrete(name))
	}
	ignore := true
	err := s.cluster.do(ctx, esapi.IndicesDeleteRequest{Index: names, IgnoreUnavailable: &ignore}, nil)
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
