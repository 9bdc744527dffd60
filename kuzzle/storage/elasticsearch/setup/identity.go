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

// ErrStoreGone is the cause of a *SetupError if Options.Expect names a store that
// the cluster does not have.
var ErrStoreGone = errors.New("this is another cluster, or it has lost its data")

// Identify finds the store of the prefix, or creates one and reports that. If
// several nodes do so at once, one wins.
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

// beginsAnew refuses a new store beside the remains of another.
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
		return nil // another node created it a moment ago
	}
	for _, name := range names {
		if index := left[name]; index != nil && index.Meta().Store != "" {
			return s.lost(layout.MetaIndex)
		}
	}
	return nil
}

// FoundIndex is an existing index.
type FoundIndex struct {
	Name    string         `json:"-"`
	Aliases map[string]any `json:"aliases"`
	// Mappings are kept as text: foreign ones may have any shape.
	Mappings struct {
		Meta json.RawMessage `json:"_meta"`
	} `json:"mappings"`
	Settings struct {
		Index map[string]any `json:"index"`
	} `json:"settings"`
}

// Meta returns the index's metadata, or the zero value.
func (f *FoundIndex) Meta() (m layout.IndexMeta) {
	if json.Unmarshal(f.Mappings.Meta, &m) != nil {
		return layout.IndexMeta{}
	}
	return m
}

// Schema returns the index's version. It refuses an index of another program or of
// a later version of this one.
func (f *FoundIndex) Schema() (int, error) {
	switch meta := f.Meta(); {
	case meta.Schema <= 0:
		return 0, &cluster.SetupError{Problem: fmt.Sprintf("the index %q belongs to another program", f.Name), Remedy: "choose another elasticsearch.prefix, or remove the index"}
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

// earlierID returns the ID of a store that was created before stores had one:
// always the same.
func (f *FoundIndex) earlierID() string {
	sum := sha256.Sum256([]byte(fmt.Sprint(f.Settings.Index["uuid"])))
	return hex.EncodeToString(sum[:16])
}

// setting returns a setting by its path, as text.
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

// inspect returns an existing index, or nil.
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

// prepareIndex creates an index if it is missing and may be created, or upgrades
// an existing one to this version and configuration.
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
			Problem: fmt.Sprintf("the index %q belongs to the store %s, other indexes of its prefix to %s", found.Name, has, s.names.Store),
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

// lost reports that a part of the store is missing. Creating it again would turn
// its data into deleted data.
func (s *Setup) lost(name string) error {
	return &cluster.SetupError{
		Problem: fmt.Sprintf("the index %q is missing, and its data is lost", s.names.Concrete(name)),
		Remedy:  "restore it from a snapshot; or, to begin with an empty store, remove the other indexes of the prefix as well",
	}
}

// missing reports that there is no index.
func (s *Setup) missing() error {
	return &cluster.SetupError{Problem: fmt.Sprintf("there is no data under the prefix %q", s.names.Prefix), Remedy: "check the address and the prefix"}
}

func (s *Setup) addAlias(ctx context.Context, name string) error {
	return s.cluster.Ask(ctx, cluster.Put("/"+s.names.Concrete(name)+"/_aliases/"+s.names.Index(name), nil), nil)
}

// adapt sets the changeable settings of an index to the configured values.
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

// Changeable returns the settings of an index that follow the configuration after
// its creation.
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
