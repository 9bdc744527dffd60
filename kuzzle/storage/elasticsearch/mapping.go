package elasticsearch

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
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// known is a collection's mapping as this node last read it.
type known struct {
	// Mapping is what clients see.
	Mapping storage.Mapping `json:"mapping"`
	// Generation counts changes of its properties; Done is the last one that
	// every record has been written under.
	Generation int64 `json:"generation"`
	Done       int64 `json:"done"`

	schema *mapping.Schema
	at     place
}

// metaRecord is how it is kept. The text keeps the index's own mapping small.
type metaRecord struct {
	Meta string   `json:"meta"`
	Op   []string `json:"op"`
}

// startWriteTime is what the first write of a start may take, which is refused
// for as long as too few copies of an index are there.
const startWriteTime = 12 * time.Second

func (s *Store) known(of storage.Collection) *known { return s.schemas[of].Load() }

// loadMappings reads every collection's mapping, writing those that are not
// there yet.
func (s *Store) loadMappings(ctx context.Context) error {
	s.schemas = map[storage.Collection]*atomic.Pointer[known]{}
	for _, of := range storage.Collections {
		s.schemas[of] = &atomic.Pointer[known]{}
	}
	found, err := s.readMappings(ctx)
	if err != nil {
		return err
	}
	var writes []write
	for i, of := range storage.Collections {
		if found[i].at != absent {
			continue
		}
		w, err := metaWrite(of, &known{Mapping: mapping.Initial(of), at: absent})
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	if len(writes) == len(storage.Collections) { // the store is being made
		made, err := historyWrite(storage.Record(nil, 0, time.Now()), absent)
		if err != nil {
			return err
		}
		writes = append([]write{made}, writes...)
	}
	if len(writes) > 0 {
		reach(ctx, "write mappings")
		limited, cancel := context.WithTimeout(ctx, startWriteTime)
		defer cancel()
		for _, result := range s.bulk(limited, metaIndex, "", writes) {
			if err := cmp.Or(result.err, result.lost); err != nil {
				return err
			}
		}
		if found, err = s.readMappings(ctx); err != nil {
			return err
		}
	}
	for i, of := range storage.Collections {
		if found[i].at == absent {
			return fmt.Errorf("elasticsearch: the mapping of %s is missing", of)
		}
		s.schemas[of].Store(found[i])
	}
	return nil
}

func (s *Store) readMappings(ctx context.Context) ([]*known, error) {
	gets := make([]get, len(storage.Collections))
	for i, of := range storage.Collections {
		gets[i] = get{index: metaIndex, id: string(of)}
	}
	answers, err := s.read(ctx, gets)
	if err != nil {
		return nil, err
	}
	all := make([]*known, len(answers))
	for i, answer := range answers {
		if all[i], err = answer.known(storage.Collections[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (g got) known(of storage.Collection) (*known, error) {
	k := &known{at: g.place()}
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
	k.schema = mapping.Compile(of, k.Mapping)
	return k, nil
}

func metaWrite(of storage.Collection, k *known) (write, error) {
	return writeMeta(string(of), k, k.at)
}

// writeMeta writes a record of the index meta.
func writeMeta(id string, what any, over place) (write, error) {
	meta, err := encode(what)
	if err != nil {
		return write{}, err
	}
	op := newID()
	source, err := encode(metaRecord{Meta: string(meta), Op: []string{op}})
	return write{id: id, over: over, source: source, op: op}, err
}

// publish makes a mapping the one that this node uses, unless it knows a later
// one.
func (s *Store) publish(of storage.Collection, k *known) {
	for {
		has := s.schemas[of].Load()
		if has.Generation > k.Generation || has.Generation == k.Generation && has.at.Seq >= k.at.Seq {
			return
		}
		if s.schemas[of].CompareAndSwap(has, k) {
			return
		}
	}
}

// Mapping implements storage.Store.
func (s *Store) Mapping(ctx context.Context, of storage.Collection) (storage.Mapping, error) {
	k, err := s.freshMapping(ctx, of)
	if err != nil {
		return storage.Mapping{}, err
	}
	return copyMapping(k.Mapping)
}

// freshMapping reads the mapping as it is now, whichever node changed it.
func (s *Store) freshMapping(ctx context.Context, of storage.Collection) (*known, error) {
	if err := s.usable(ctx, of); err != nil {
		return nil, err
	}
	answers, err := s.read(ctx, []get{{index: metaIndex, id: string(of)}})
	if err != nil {
		return nil, err
	}
	k, err := answers[0].known(of)
	if err == nil && k.at == absent {
		err = unavailable(errors.New("elasticsearch: the mapping is gone"))
	}
	if err != nil {
		return nil, err
	}
	s.publish(of, k)
	return k, nil
}

// copyMapping keeps callers from changing what is published.
func copyMapping(m storage.Mapping) (copied storage.Mapping, err error) {
	raw, err := json.Marshal(m)
	if err == nil {
		err = json.Unmarshal(raw, &copied)
	}
	return copied, err
}

// UpdateMapping implements storage.Store. The index gets its fields before the
// mapping names them, so that no node writes one that is not there.
func (s *Store) UpdateMapping(ctx context.Context, of storage.Collection, change storage.Mapping) (storage.Mapping, error) {
	if !mapping.Searchable(of) {
		return storage.Mapping{}, fmt.Errorf("elasticsearch: collection %q has no mapping", of)
	}
	for {
		has, err := s.freshMapping(ctx, of)
		if err != nil {
			return storage.Mapping{}, err
		}
		merged, err := mapping.Merge(of, has.Mapping, change)
		if err != nil {
			return storage.Mapping{}, err
		}
		next, err := s.replaceMapping(ctx, of, has, merged)
		if err != nil {
			return storage.Mapping{}, err
		}
		if next != nil {
			return copyMapping(next.Mapping)
		}
	}
}

// replaceMapping answers nil when another node was quicker.
func (s *Store) replaceMapping(ctx context.Context, of storage.Collection, has *known, merged storage.Mapping) (*known, error) {
	next := &known{Generation: has.Generation, Done: has.Done, at: has.at}
	var err error
	// What is published equals what another node reads.
	if next.Mapping, err = copyMapping(merged); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(has.Mapping.Properties, next.Mapping.Properties) {
		next.Generation++
		if err := s.putFields(ctx, of, next.Mapping); err != nil {
			return nil, s.broken(ctx, err)
		}
	}
	if won, err := s.writeMapping(ctx, of, next); !won || err != nil {
		return nil, err
	}
	s.wakeKeeper()
	return next, nil
}

func (s *Store) writeMapping(ctx context.Context, of storage.Collection, next *known) (bool, error) {
	w, err := metaWrite(of, next)
	if err != nil {
		return false, err
	}
	results, err := s.lanes[metaIndex].submit(ctx, false, w)
	switch {
	case err != nil:
		return false, err
	case results[0].err != nil:
		return false, unavailable(results[0].err)
	case results[0].conflict:
		return false, nil
	}
	next.at, next.schema = results[0].at, mapping.Compile(of, next.Mapping)
	s.publish(of, next)
	return true, nil
}
