package elasticsearch

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// passBatch is how many records one step of the pass over older ones rewrites.
const passBatch = 200

func (s *Store) wakeKeeper() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// keep follows the mappings that other nodes change, makes records searchable
// that were written under an older one, and removes claims that could not be
// removed. It runs from Open to Close.
// Every node does so; where two meet, one's compare-and-set is refused.
func (s *Store) keep() {
	tick := time.NewTicker(s.options.Poll)
	defer tick.Stop()
	late := map[storage.Collection]time.Time{}
	for {
		select {
		case <-s.stopping.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
		s.removeLater(s.stopping, s.loose.take())
		found, err := s.readMappings(s.stopping)
		s.watchStore(err)
		if err != nil {
			continue
		}
		for i, of := range storage.Collections {
			if found[i].at == absent || !mapping.Searchable(of) {
				continue
			}
			if found[i].Generation != s.known(of).Generation || found[i].Done < found[i].Generation {
				late[of] = time.Now().Add(s.lateness())
			}
			s.publish(of, found[i])
			if time.Now().Before(late[of]) {
				_ = s.pass(s.stopping, of)
			}
		}
	}
}

// lateness is for how long after a change of mapping another node may still
// write under the one before.
func (s *Store) lateness() time.Duration { return 2*s.options.Poll + s.options.WriteDeadline }

// pass rewrites every record of an older generation and notes when there is
// none left. A step that fails is taken up again at the next tick.
func (s *Store) pass(ctx context.Context, of storage.Collection) error {
	for {
		k := s.known(of)
		batch, err := s.older(ctx, of, k.Generation)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			if k.Done >= k.Generation {
				return nil
			}
			next := *k
			next.Done = k.Generation
			_, err := s.writeMapping(ctx, of, &next)
			return err
		}
		if err := s.rewrite(ctx, of, k, batch); err != nil {
			return err
		}
	}
}

// older finds records written under an earlier generation.
func (s *Store) older(ctx context.Context, of storage.Collection, generation int64) ([]hit, error) {
	if err := s.Refresh(ctx, of); err != nil {
		return nil, err
	}
	found, err := s.findSome(ctx, of, clause{
		"track_total_hits": false, "seq_no_primary_term": true,
		"query": filtered(clause{"range": clause{"gen": clause{"lt": generation}}}),
		"sort":  []any{"_doc"},
	}, passBatch)
	return found.Hits, err
}

// rewrite finds the values of records anew. A record that changed meanwhile was
// written under the present mapping, or is found again.
func (s *Store) rewrite(ctx context.Context, of storage.Collection, k *known, batch []hit) error {
	writes := make([]write, 0, len(batch))
	for _, o := range batch {
		st, err := o.state()
		if err != nil {
			return err
		}
		op := newID()
		r := st.moved(op)
		x := extracted(k.schema.Stored(raw(r.Content), raw(r.Account)), k.Generation)
		r.F, r.A, r.Gen = x.content, x.account, x.generation
		source, err := r.encode()
		if err != nil {
			return err
		}
		writes = append(writes, write{id: o.ID, over: st.at, source: source, op: op})
	}
	return refusalOf(s.lanes[string(of)].submit(ctx, false, writes...))
}

// Indexing implements storage.Store.
func (s *Store) Indexing(ctx context.Context, of storage.Collection) (storage.Progress, error) {
	k, err := s.freshMapping(ctx, of)
	if err != nil {
		return storage.Progress{}, err
	}
	total, err := s.count(ctx, of, nil)
	if err != nil {
		return storage.Progress{}, err
	}
	p := storage.Progress{Done: total, Total: total, Complete: k.Done >= k.Generation}
	if p.Complete {
		return p, nil
	}
	left, err := s.count(ctx, of, map[string]any{"range": map[string]any{"gen": map[string]any{"lt": k.Generation}}})
	p.Done = max(0, total-left)
	return p, err
}

// filtered is a condition on documents that are live.
func filtered(where map[string]any) map[string]any {
	live := map[string]any{"term": map[string]any{"live": true}}
	if where == nil {
		return live
	}
	return map[string]any{"bool": map[string]any{"filter": []any{live, where}}}
}
