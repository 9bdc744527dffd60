package schemas

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/failpoint"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Schemas are the mappings of a store's collections.
type Schemas struct {
	cluster *cluster.Cluster
	names   *layout.Names
	records *records.Records
	queues  *bulkqueue.Queues
	// schemas are the mappings in use; Load sets them.
	schemas map[storage.Collection]*atomic.Pointer[Known]
	// Changed is written when a mapping changed here, for the goroutine that
	// rewrites records.
	Changed chan struct{}
}

// New returns the mappings of a store; Load reads them.
func New(c *cluster.Cluster, names *layout.Names, r *records.Records, l *bulkqueue.Queues) *Schemas {
	return &Schemas{cluster: c, names: names, records: r, queues: l, Changed: make(chan struct{}, 1)}
}

// putFields adds the fields of a mapping to the index. Existing fields have the
// same definition.
func (ss *Schemas) putFields(ctx context.Context, of storage.Collection, m storage.Mapping) error {
	body, err := cluster.Encode(map[string]any{"properties": map[string]any{layout.ContentFields: map[string]any{"properties": layout.FieldMappings(of, m)}}})
	if err != nil {
		return err
	}
	return ss.cluster.Ask(ctx, cluster.Put("/"+ss.names.Index(string(of))+"/_mapping", body), nil)
}

// Known is a collection's mapping as this node last read it.
type Known struct {
	// Mapping is the mapping that clients see.
	Mapping storage.Mapping `json:"mapping"`
	// Generation counts changes of its properties; Done is the last generation
	// under which every record was written.
	Generation int64 `json:"generation"`
	Done       int64 `json:"done"`

	// Schema is the compiled mapping. It and the record's place are not stored.
	Schema *mapping.Schema `json:"-"`
	Place  records.Place   `json:"-"`
}

// metaRecord is its stored form. The text keeps the index's own mapping small.
type metaRecord struct {
	Meta string   `json:"meta"`
	Op   []string `json:"op"`
}

// StartWriteTime is the maximum time for the first write of a start, which is
// refused while too few copies of an index are active.
const StartWriteTime = 12 * time.Second

// Known returns the mapping in use.
func (ss *Schemas) Known(of storage.Collection) *Known { return ss.schemas[of].Load() }

// Load reads every collection's mapping, and writes missing ones.
func (ss *Schemas) Load(ctx context.Context) error {
	ss.schemas = map[storage.Collection]*atomic.Pointer[Known]{}
	for _, of := range storage.Collections {
		ss.schemas[of] = &atomic.Pointer[Known]{}
	}
	found, err := ss.ReadAll(ctx)
	if err != nil {
		return err
	}
	var writes []bulkqueue.Write
	for i, of := range storage.Collections {
		if found[i].Place != records.Absent {
			continue
		}
		w, err := metaWrite(of, &Known{Mapping: mapping.Initial(of), Place: records.Absent})
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	if len(writes) == len(storage.Collections) { // the store is being created
		made, err := HistoryWrite(storage.Record(nil, 0, time.Now()), records.Absent)
		if err != nil {
			return err
		}
		writes = append([]bulkqueue.Write{made}, writes...)
	}
	if len(writes) > 0 {
		failpoint.Reach(ctx, "write mappings")
		limited, cancel := context.WithTimeout(ctx, StartWriteTime)
		defer cancel()
		for _, result := range ss.queues.Bulk(limited, layout.MetaIndex, "", writes) {
			if err := cmp.Or(result.Err, result.Lost); err != nil {
				return err
			}
		}
		if found, err = ss.ReadAll(ctx); err != nil {
			return err
		}
	}
	for i, of := range storage.Collections {
		if found[i].Place == records.Absent {
			return fmt.Errorf("elasticsearch: the mapping of %s is missing", of)
		}
		ss.schemas[of].Store(found[i])
	}
	return nil
}

// ReadAll reads the mapping of every collection, in the order of
// storage.Collections.
func (ss *Schemas) ReadAll(ctx context.Context) ([]*Known, error) {
	gets := make([]records.Get, len(storage.Collections))
	for i, of := range storage.Collections {
		gets[i] = records.Get{Index: layout.MetaIndex, ID: string(of)}
	}
	answers, err := ss.records.Read(ctx, gets)
	if err != nil {
		return nil, err
	}
	all := make([]*Known, len(answers))
	for i, answer := range answers {
		if all[i], err = knownOf(answer, storage.Collections[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func knownOf(g records.Got, of storage.Collection) (*Known, error) {
	k := &Known{Place: g.Place()}
	if !g.Found {
		return k, nil
	}
	var r metaRecord
	err := json.Unmarshal(g.Source, &r)
	if err == nil {
		err = json.Unmarshal([]byte(r.Meta), k)
	}
	if err != nil {
		return nil, fmt.Errorf("elasticsearch: the mapping of %s cannot be read: %w", of, err)
	}
	k.Schema = mapping.Compile(of, k.Mapping)
	return k, nil
}

func metaWrite(of storage.Collection, k *Known) (bulkqueue.Write, error) {
	return writeMeta(string(of), k, k.Place)
}

// writeMeta returns the write of a record of the index meta.
func writeMeta(id string, what any, over records.Place) (bulkqueue.Write, error) {
	meta, err := cluster.Encode(what)
	if err != nil {
		return bulkqueue.Write{}, err
	}
	op := records.NewID()
	source, err := cluster.Encode(metaRecord{Meta: string(meta), Op: []string{op}})
	return bulkqueue.Write{ID: id, Over: over, Source: source, Op: op}, err
}

// Publish makes this node use a mapping, unless it knows a later one.
func (ss *Schemas) Publish(of storage.Collection, k *Known) {
	for {
		has := ss.schemas[of].Load()
		if has.Generation > k.Generation || has.Generation == k.Generation && has.Place.Seq >= k.Place.Seq {
			return
		}
		if ss.schemas[of].CompareAndSwap(has, k) {
			return
		}
	}
}

// Mapping implements storage.Store.
func (ss *Schemas) Mapping(ctx context.Context, of storage.Collection) (storage.Mapping, error) {
	k, err := ss.freshMapping(ctx, of)
	if err != nil {
		return storage.Mapping{}, err
	}
	return k.Mapping.Clone(), nil
}

// freshMapping reads the present mapping, whichever node changed it.
func (ss *Schemas) freshMapping(ctx context.Context, of storage.Collection) (*Known, error) {
	if err := ss.records.Usable(ctx, of); err != nil {
		return nil, err
	}
	answers, err := ss.records.Read(ctx, []records.Get{{Index: layout.MetaIndex, ID: string(of)}})
	if err != nil {
		return nil, err
	}
	k, err := knownOf(answers[0], of)
	if err == nil && k.Place == records.Absent {
		err = cluster.Unavailable(errors.New("elasticsearch: the mapping is gone"))
	}
	if err != nil {
		return nil, err
	}
	ss.Publish(of, k)
	return k, nil
}

// UpdateMapping implements storage.Store. The index gets its fields before the
// mapping names them, so that no node writes a missing field.
func (ss *Schemas) UpdateMapping(ctx context.Context, of storage.Collection, change storage.Mapping) (storage.Mapping, error) {
	if !mapping.Searchable(of) {
		return storage.Mapping{}, fmt.Errorf("elasticsearch: collection %q has no mapping", of)
	}
	for {
		has, err := ss.freshMapping(ctx, of)
		if err != nil {
			return storage.Mapping{}, err
		}
		merged, err := mapping.Merge(of, has.Mapping, change)
		if err != nil {
			return storage.Mapping{}, err
		}
		next, err := ss.replaceMapping(ctx, of, has, merged)
		if err != nil {
			return storage.Mapping{}, err
		}
		if next != nil {
			return next.Mapping.Clone(), nil
		}
	}
}

// replaceMapping returns nil if another node was faster.
func (ss *Schemas) replaceMapping(ctx context.Context, of storage.Collection, has *Known, merged storage.Mapping) (*Known, error) {
	next := &Known{Generation: has.Generation, Done: has.Done, Place: has.Place}
	// The published mapping must equal the one that another node reads.
	text, err := json.Marshal(merged)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &next.Mapping); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(has.Mapping.Properties, next.Mapping.Properties) {
		next.Generation++
		if err := ss.putFields(ctx, of, next.Mapping); err != nil {
			return nil, ss.cluster.Broken(ctx, err)
		}
	}
	if won, err := ss.Write(ctx, of, next); !won || err != nil {
		return nil, err
	}
	ss.wakeKeeper()
	return next, nil
}

// Write replaces the mapping that was read, and reports whether no other node was
// faster.
func (ss *Schemas) Write(ctx context.Context, of storage.Collection, next *Known) (bool, error) {
	w, err := metaWrite(of, next)
	if err != nil {
		return false, err
	}
	results, err := ss.queues.To(layout.MetaIndex).Submit(ctx, false, w)
	switch {
	case err != nil:
		return false, err
	case results[0].Err != nil:
		return false, cluster.Unavailable(results[0].Err)
	case results[0].Conflict:
		return false, nil
	}
	next.Place, next.Schema = results[0].Place, mapping.Compile(of, next.Mapping)
	ss.Publish(of, next)
	return true, nil
}

func (ss *Schemas) wakeKeeper() {
	select {
	case ss.Changed <- struct{}{}:
	default:
	}
}

// Indexing implements storage.Store.
func (ss *Schemas) Indexing(ctx context.Context, of storage.Collection) (storage.Progress, error) {
	k, err := ss.freshMapping(ctx, of)
	if err != nil {
		return storage.Progress{}, err
	}
	total, err := ss.records.Count(ctx, of, nil)
	if err != nil {
		return storage.Progress{}, err
	}
	p := storage.Progress{Done: total, Total: total, Complete: k.Done >= k.Generation}
	if p.Complete {
		return p, nil
	}
	left, err := ss.records.Count(ctx, of, map[string]any{"range": map[string]any{"gen": map[string]any{"lt": k.Generation}}})
	p.Done = max(0, total-left)
	return p, err
}
