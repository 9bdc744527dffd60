package setup

import (
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

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/failpoint"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// ErrStoreGone is the cause of a *SetupError where Options.Expect names a store
// and the cluster has none.
var ErrStoreGone = errors.New("the cluster is not the one, or has lost its data")

// Identify finds the store of the prefix, or makes a new one and says so. Of
// several nodes that do so at once one wins.
func (s *Setup) Identify(ctx context.Context) (isNew bool, err error) {
	found, err := s.inspect(ctx, layout.MetaIndex)
	if err != nil {
		return false, err
	}
	if found == nil && s.options.Existing {
		return false, s.missing()
	}
	if found == nil && s.options.Expect != "" {
		return false, &cluster.SetupError{
			Problem: fmt.Sprintf("there is no store under the prefix %q, but this server has used the store %s", s.names.Prefix, s.options.Expect),
			Remedy:  "bring back the cluster's data, or restore its snapshot", Cause: ErrStoreGone,
		}
	}
	if isNew = found == nil; isNew {
		if err := s.beginsAnew(ctx); err != nil {
			return false, err
		}
		s.names.Store = records.NewID()
		if err := s.createIndex(ctx, layout.MetaIndex); err != nil {
			return false, err
		}
		if found, err = s.inspect(ctx, layout.MetaIndex); err != nil {
			return false, err
		}
		if found == nil {
			return false, cluster.Unavailable(errors.New("elasticsearch: an index is gone that was just made"))
		}
	}
	if s.from, err = found.Schema(); err != nil {
		return false, err
	}
	if s.names.Store = found.Meta().Store; s.names.Store == "" {
		s.names.Store = found.earlierID()
	}
	return isNew, nil
}

// beginsAnew refuses a new store beside what is left of one.
func (s *Setup) beginsAnew(ctx context.Context) error {
	var names []string
	for _, name := range s.names.All() {
		names = append(names, s.names.Concrete(name))
	}
	var left map[string]*FoundIndex
	err := s.cluster.Ask(ctx, cluster.Get("/"+strings.Join(names, ",")+"?ignore_unavailable=true"), &left)
	if err != nil {
		return err
	}
	if left[s.names.Concrete(layout.MetaIndex)] != nil {
		return nil // somebody else made it a moment ago
	}
	for _, name := range names {
		if index := left[name]; index != nil && index.Meta().Store != "" {
			return s.lost(layout.MetaIndex)
		}
	}
	return nil
}

// FoundIndex is an index as it is.
type FoundIndex struct {
	Name    string         `json:"-"`
	Aliases map[string]any `json:"aliases"`
	// Mappings are kept as text: somebody else's may be of any shape.
	Mappings struct {
		Meta json.RawMessage `json:"_meta"`
	} `json:"mappings"`
	Settings struct {
		Index map[string]any `json:"index"`
	} `json:"settings"`
}

// Meta is what the index says of itself, or nothing.
func (f *FoundIndex) Meta() (m layout.IndexMeta) {
	if json.Unmarshal(f.Mappings.Meta, &m) != nil {
		return layout.IndexMeta{}
	}
	return m
}

// Schema answers the index's version, and refuses one that somebody else made
// or a later version of this program.
func (f *FoundIndex) Schema() (int, error) {
	switch meta := f.Meta(); {
	case meta.Schema <= 0:
		return 0, &cluster.SetupError{Problem: fmt.Sprintf("the index %q is not ours", f.Name), Remedy: "choose another elasticsearch.prefix, or remove the index"}
	case meta.Schema > storage.LatestSchema():
		has := storage.Schema{Number: meta.Schema}
		if meta.Program != "" {
			has.History = []storage.Upgraded{{Schema: meta.Schema, Program: meta.Program}}
		}
		newer := &storage.NewerError{Where: fmt.Sprintf("the index %q", f.Name), Has: has}
		return 0, &cluster.SetupError{Problem: newer.Problem(), Remedy: newer.Remedy()}
	default:
		return meta.Schema, nil
	}
}

// earlierID is the name of a store that was made before stores had one: the same
// for whoever asks.
func (f *FoundIndex) earlierID() string {
	sum := sha256.Sum256([]byte(fmt.Sprint(f.Settings.Index["uuid"])))
	return hex.EncodeToString(sum[:16])
}

// setting answers a setting by its path, as text.
func (f *FoundIndex) setting(path string) string {
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
func (s *Setup) inspect(ctx context.Context, name string) (*FoundIndex, error) {
	var answer map[string]*FoundIndex
	err := s.cluster.Ask(ctx, cluster.Get("/"+s.names.Concrete(name)), &answer)
	switch {
	case cluster.IsStatus(err, http.StatusNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for index, found := range answer {
		if found.Name = index; index == s.names.Concrete(name) {
			return found, nil
		}
	}
	return nil, &cluster.SetupError{Problem: fmt.Sprintf("%q is an alias of other indexes", s.names.Concrete(name)), Remedy: "choose another elasticsearch.prefix, or remove the alias"}
}

// prepareIndex makes an index if it is not there and may be made, and brings it up
// to this version and this configuration if it is.
func (s *Setup) prepareIndex(ctx context.Context, name string, mayMake bool) error {
	found, err := s.inspect(ctx, name)
	if err == nil && found == nil && mayMake {
		failpoint.Reach(ctx, "make "+name)
		if err := s.createIndex(ctx, name); err != nil {
			return err
		}
		found, err = s.inspect(ctx, name)
	}
	switch {
	case err != nil:
		return err
	case found == nil && mayMake:
		return cluster.Unavailable(errors.New("elasticsearch: an index is gone that was just made"))
	case found == nil:
		return s.lost(name)
	}
	has, err := found.Schema()
	if err != nil {
		return err
	}
	if has := found.Meta().Store; has != "" && has != s.names.Store {
		return &cluster.SetupError{
			Problem: fmt.Sprintf("the index %q belongs to the store %s, others of its prefix to %s", found.Name, has, s.names.Store),
			Remedy:  "restore all indexes of the prefix from one snapshot",
		}
	}
	if err := s.upgradeIndex(ctx, name, has); err != nil {
		return err
	}
	if _, has := found.Aliases[s.names.Index(name)]; !has {
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
func (s *Setup) lost(name string) error {
	return &cluster.SetupError{
		Problem: fmt.Sprintf("the index %q is gone, and with it what it held", s.names.Concrete(name)),
		Remedy:  "restore it from a snapshot; or, to begin with an empty store, remove the other indexes of the prefix as well",
	}
}

// missing says what it means that there is no index.
func (s *Setup) missing() error {
	return &cluster.SetupError{Problem: fmt.Sprintf("there is no data under the prefix %q", s.names.Prefix), Remedy: "check the address and the prefix"}
}

func (s *Setup) addAlias(ctx context.Context, name string) error {
	return s.cluster.Ask(ctx, cluster.Put("/"+s.names.Concrete(name)+"/_aliases/"+s.names.Index(name), nil), nil)
}

// adapt gives an index the settings that may be changed at any time, where they
// are not as configured.
func (s *Setup) adapt(ctx context.Context, name string, found *FoundIndex) error {
	wanted := s.Changeable(name)
	maps.DeleteFunc(wanted, func(key string, value any) bool {
		return found.setting(key) == fmt.Sprint(value)
	})
	if len(wanted) == 0 {
		return nil
	}
	body, err := cluster.Encode(map[string]any{"index": wanted})
	if err != nil {
		return err
	}
	return s.cluster.Ask(ctx, cluster.Put("/"+s.names.Concrete(name)+"/_settings", body), nil)
}

// Changeable are the settings of an index that follow the configuration for as
// long as it lives.
func (s *Setup) Changeable(name string) map[string]any {
	settings := map[string]any{
		"refresh_interval": "1s", "write.wait_for_active_shards": s.options.WaitForActiveShards, "auto_expand_replicas": "false",
	}
	if name == layout.ChangesIndex {
		settings["refresh_interval"] = "-1"
	}
	if s.options.Replicas < 0 {
		settings["auto_expand_replicas"] = "0-1"
	} else {
		settings["number_of_replicas"] = strconv.Itoa(s.options.Replicas)
	}
	return settings
}
