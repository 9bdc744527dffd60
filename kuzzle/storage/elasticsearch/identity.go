package elasticsearch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// ErrStoreGone is the cause of a *SetupError where Options.Expect names a store
// and the cluster has none.
var ErrStoreGone = errors.New("the cluster is not the one, or has lost its data")

// ID names the store for as long as it lives, through snapshots and moves to
// other clusters. Another store under the same prefix has another.
func (s *Store) ID() string { return s.id }

// identify finds the store of the prefix, or makes a new one and says so. Of
// several nodes that do so at once one wins.
func (s *Store) identify(ctx context.Context) (isNew bool, err error) {
	found, err := s.inspect(ctx, metaIndex)
	if err != nil {
		return false, err
	}
	if found == nil && s.options.Existing {
		return false, s.missing()
	}
	if found == nil && s.options.Expect != "" {
		return false, &SetupError{
			Problem: fmt.Sprintf("there is no store under the prefix %q, but this server has used the store %s", s.options.Prefix, s.options.Expect),
			Remedy:  "bring back the cluster's data, or restore its snapshot", Cause: ErrStoreGone,
		}
	}
	if isNew = found == nil; isNew {
		if err := s.beginsAnew(ctx); err != nil {
			return false, err
		}
		s.id = newID()
		if err := s.createIndex(ctx, metaIndex); err != nil {
			return false, err
		}
		if found, err = s.inspect(ctx, metaIndex); err != nil {
			return false, err
		}
		if found == nil {
			return false, unavailable(errors.New("elasticsearch: an index is gone that was just made"))
		}
	}
	if s.from, err = found.schema(); err != nil {
		return false, err
	}
	if s.id = found.meta().Store; s.id == "" {
		s.id = found.earlierID()
	}
	return isNew, nil
}

// beginsAnew refuses a new store beside what is left of one.
func (s *Store) beginsAnew(ctx context.Context) error {
	var names []string
	for _, name := range s.indexNames() {
		names = append(names, s.concrete(name))
	}
	ignore := true
	var left map[string]*foundIndex
	err := s.cluster.ask(ctx, func() esapi.Request { return esapi.IndicesGetRequest{Index: names, IgnoreUnavailable: &ignore} }, &left)
	if err != nil {
		return err
	}
	if left[s.concrete(metaIndex)] != nil {
		return nil // somebody else made it a moment ago
	}
	for _, name := range names {
		if index := left[name]; index != nil && index.meta().Store != "" {
			return s.lost(metaIndex)
		}
	}
	return nil
}

// foundIndex is an index as it is.
type foundIndex struct {
	name    string
	Aliases map[string]any `json:"aliases"`
	// Mappings are kept as text: somebody else's may be of any shape.
	Mappings struct {
		Meta json.RawMessage `json:"_meta"`
	} `json:"mappings"`
	Settings struct {
		Index map[string]any `json:"index"`
	} `json:"settings"`
}

// indexMeta is what an index says of itself.
type indexMeta struct {
	Schema int    `json:"kuzzle"`
	Store  string `json:"store"`
	// Program brought the index to its schema. Before schema 3 none is named.
	Program string `json:"program,omitempty"`
}

func (f *foundIndex) meta() (m indexMeta) {
	if json.Unmarshal(f.Mappings.Meta, &m) != nil {
		return indexMeta{}
	}
	return m
}

// schema answers the index's version, and refuses one that somebody else made
// or a later version of this program.
func (f *foundIndex) schema() (int, error) {
	switch meta := f.meta(); {
	case meta.Schema <= 0:
		return 0, &SetupError{Problem: fmt.Sprintf("the index %q is not ours", f.name), Remedy: "choose another elasticsearch.prefix, or remove the index"}
	case meta.Schema > storage.LatestSchema():
		has := storage.Schema{Number: meta.Schema}
		if meta.Program != "" {
			has.History = []storage.Upgraded{{Schema: meta.Schema, Program: meta.Program}}
		}
		newer := &storage.NewerError{Where: fmt.Sprintf("the index %q", f.name), Has: has}
		return 0, &SetupError{Problem: newer.Problem(), Remedy: newer.Remedy()}
	default:
		return meta.Schema, nil
	}
}

// earlierID is the name of a store that was made before stores had one: the same
// for whoever asks.
func (f *foundIndex) earlierID() string {
	sum := sha256.Sum256([]byte(fmt.Sprint(f.Settings.Index["uuid"])))
	return hex.EncodeToString(sum[:16])
}

// setting answers a setting by its path, as text.
func (f *foundIndex) setting(path string) string {
	var value any = f.Settings.Index
	for part := range strings.SplitSeq(path, ".") {
		inner, is := value.(map[string]any)
		if !is {
			return ""
		}
		value = inner[part]
	}
	text, _ := value.(string)
	return text
}

// inspect answers an index as it is, or nil.
func (s *Store) inspect(ctx context.Context, name string) (*foundIndex, error) {
	var answer map[string]*foundIndex
	err := s.cluster.ask(ctx, func() esapi.Request { return esapi.IndicesGetRequest{Index: []string{s.concrete(name)}} }, &answer)
	switch {
	case isStatus(err, http.StatusNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for index, found := range answer {
		if found.name = index; index == s.concrete(name) {
			return found, nil
		}
	}
	return nil, &SetupError{Problem: fmt.Sprintf("%q is an alias of other indexes", s.concrete(name)), Remedy: "choose another elasticsearch.prefix, or remove the alias"}
}

// prepareIndex makes an index if it is not there and may be made, and brings it up
// to this version and this configuration if it is.
func (s *Store) prepareIndex(ctx context.Context, name string, mayMake bool) error {
	found, err := s.inspect(ctx, name)
	if err == nil && found == nil && mayMake {
		reach(ctx, "make "+name)
		if err := s.createIndex(ctx, name); err != nil {
			return err
		}
		found, err = s.inspect(ctx, name)
	}
	switch {
	case err != nil:
		return err
	case found == nil && mayMake:
		return unavailable(errors.New("elasticsearch: an index is gone that was just made"))
	case found == nil:
		return s.lost(name)
	}
	has, err := found.schema()
	if err != nil {
		return err
	}
	if has := found.meta().Store; has != "" && has != s.id {
		return &SetupError{
			Problem: fmt.Sprintf("the index %q belongs to the store %s, others of its prefix to %s", found.name, has, s.id),
			Remedy:  "restore all indexes of the prefix from one snapshot",
		}
	}
	if err := s.upgradeIndex(ctx, name, has); err != nil {
		return err
	}
	if _, has := found.Aliases[s.index(name)]; !has {
		if err := s.addAlias(ctx, name); err != nil {
			return err
		}
	}
	if s.options.Existing {
		return nil
	}
	return s.adapt(ctx, name, found)
}

// lost says that a part of the store is gone. To make it anew would be to take
// what it held for deleted.
func (s *Store) lost(name string) error {
	return &SetupError{
		Problem: fmt.Sprintf("the index %q is gone, and with it what it held", s.concrete(name)),
		Remedy:  "restore it from a snapshot; or, to begin with an empty store, remove the other indexes of the prefix as well",
	}
}

// missing says what it means that there is no index.
func (s *Store) missing() error {
	return &SetupError{Problem: fmt.Sprintf("there is no data under the prefix %q", s.options.Prefix), Remedy: "check the address and the prefix"}
}

func (s *Store) addAlias(ctx context.Context, name string) error {
	return s.cluster.ask(ctx, func() esapi.Request {
		return esapi.IndicesPutAliasRequest{Index: []string{s.concrete(name)}, Name: s.index(name)}
	}, nil)
}

// adapt gives an index the settings that may be changed at any time, where they
// are not as configured.
func (s *Store) adapt(ctx context.Context, name string, found *foundIndex) error {
	wanted := s.changeable(name)
	maps.DeleteFunc(wanted, func(key string, value any) bool {
		return found.setting(key) == fmt.Sprint(value)
	})
	if len(wanted) == 0 {
		return nil
	}
	body, err := encode(map[string]any{"index": wanted})
	if err != nil {
		return err
	}
	return s.cluster.ask(ctx, func() esapi.Request {
		return esapi.IndicesPutSettingsRequest{Index: []string{s.concrete(name)}, Body: bytes.NewReader(body)}
	}, nil)
}

// changeable are the settings of an index that follow the configuration for as
// long as it lives.
func (s *Store) changeable(name string) map[string]any {
	settings := map[string]any{
		"refresh_interval": "1s", "write.wait_for_active_shards": s.options.WaitForActiveShards, "auto_expand_replicas": "false",
	}
	if name == changesIndex {
		settings["refresh_interval"] = "-1"
	}
	if s.options.Replicas < 0 {
		settings["auto_expand_replicas"] = "0-1"
	} else {
		settings["number_of_replicas"] = strconv.Itoa(s.options.Replicas)
	}
	return settings
}

// watchStore tells the log when the store is gone from the cluster that answers,
// and when it is back. Until then everything is answered
// storage.ErrUnavailable: nothing is made anew but by Open.
func (s *Store) watchStore(err error) {
	switch gone := isKind(err, noIndex); {
	case gone && !s.gone:
		s.gone = true
		s.options.Log.Error("the cluster that answers does not hold this server's store: bring back its data or restore its snapshot; "+
			"until then nothing can be read or written", "store", s.id, "prefix", s.options.Prefix)
	case err == nil && s.gone:
		s.gone = false
		s.options.Log.Info("the cluster holds the store again", "store", s.id)
	}
}
