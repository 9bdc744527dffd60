package claims

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// Claims are the keys of a store with their holders.
type Claims struct {
	cluster  *cluster.Cluster
	names    *layout.Names
	records  *records.Records
	queues   *bulkqueue.Queues
	orphaned orphanedClaims
}

// New returns the claims of a store.
func New(c *cluster.Cluster, names *layout.Names, r *records.Records, l *bulkqueue.Queues) *Claims {
	return &Claims{cluster: c, names: names, records: r, queues: l}
}

// Watch measures how long a claim has been unchanged.
type Watch struct {
	Place records.Place
	Since time.Time
}

// Passed reports whether the claim has had its place for the grace time. The time starts
// again when its place changes.
func (w *Watch) Passed(at records.Place, grace time.Duration) bool {
	if w.Since.IsZero() || w.Place != at {
		w.Place, w.Since = at, time.Now()
	}
	return time.Since(w.Since) >= grace
}

// Holder reads a claim, and then the document that owns it.
func (cs *Claims) Holder(ctx context.Context, key string) (records.Held, records.State, error) {
	answers, err := cs.records.ReadShared(ctx, records.Get{Index: layout.ClaimsIndex, ID: key})
	if err != nil {
		return records.Held{}, records.State{}, err
	}
	h, err := answers[0].Held(key)
	if err != nil || !h.There() {
		return h, records.State{Place: records.Absent}, err
	}
	if cs.queues.To(string(h.Of)) == nil {
		return h, records.State{}, cluster.Unavailable(errors.New("elasticsearch: a claim names no collection"))
	}
	answers, err = cs.records.ReadShared(ctx, records.Get{Index: string(h.Of), ID: h.Owner})
	if err != nil {
		return h, records.State{}, err
	}
	owner, err := answers[0].State()
	return h, owner, err
}

// Fence changes the place of a claim's owner, so that a write that began before fails.
// It returns false if the owner had already changed.
func (cs *Claims) Fence(ctx context.Context, h records.Held, owner records.State) (bool, error) {
	op := records.NewID()
	next := records.Record{Moved: op, Died: time.Now().UnixMilli()}
	if owner.There() {
		next = owner.MovedBy(op)
	}
	source, err := next.Encode()
	if err != nil {
		return false, err
	}
	results, err := cs.queues.To(string(h.Of)).Submit(ctx, false, bulkqueue.Write{ID: h.Owner, Over: owner.Place, Source: source, Op: op})
	if err != nil {
		return false, err
	}
	if results[0].Err != nil {
		return false, cluster.Unavailable(results[0].Err)
	}
	return !results[0].Conflict, nil
}

// latchTurns is how often a latch may be found changed by others.
const latchTurns = 10

// Settle makes latches independent of the document whose write took them.
func (cs *Claims) Settle(ctx context.Context, latches map[string]string) error {
	for range latchTurns {
		writes, err := cs.unsettled(ctx, latches)
		if err != nil || len(writes) == 0 {
			return err
		}
		results, err := cs.queues.To(layout.ClaimsIndex).Submit(ctx, false, writes...)
		if err := bulkqueue.RefusalOf(results, err); err != nil {
			return err
		}
		if !slices.ContainsFunc(results, func(result bulkqueue.Written) bool { return result.Conflict }) {
			return nil
		}
	}
	return cluster.Unavailable(ErrTooManyAttempts)
}

// unsettled returns the writes that settle the latches that still depend on their
// document.
func (cs *Claims) unsettled(ctx context.Context, latches map[string]string) ([]bulkqueue.Write, error) {
	if len(latches) == 0 {
		return nil, nil
	}
	gets := make([]records.Get, 0, len(latches))
	for key := range latches {
		gets = append(gets, records.Get{Index: layout.ClaimsIndex, ID: key})
	}
	answers, err := cs.records.Read(ctx, gets)
	if err != nil {
		return nil, err
	}
	var writes []bulkqueue.Write
	for i, answer := range answers {
		h, err := answer.Held(gets[i].ID)
		if err != nil {
			return nil, err
		}
		if !h.There() || !h.Latch || h.Settled || h.By() != latches[h.Key] {
			continue
		}
		h.Settled = true
		source, err := h.Encode()
		if err != nil {
			return nil, err
		}
		writes = append(writes, bulkqueue.Write{ID: h.Key, Over: h.Place, Source: source, Op: h.By()})
	}
	return writes, nil
}

// Unlatch releases a latch whose place has changed: it was settled meanwhile, or another
// holder took it after its release.
func (cs *Claims) Unlatch(ctx context.Context, was records.Held) error {
	for range latchTurns {
		answers, err := cs.records.Read(ctx, []records.Get{{Index: layout.ClaimsIndex, ID: was.Key}})
		if err != nil {
			return err
		}
		h, err := answers[0].Held(was.Key)
		if err != nil || !h.There() || h.By() != was.By() {
			return err
		}
		results, err := cs.queues.To(layout.ClaimsIndex).Submit(ctx, false, bulkqueue.Write{ID: h.Key, Over: h.Place})
		switch {
		case err != nil:
			return err
		case results[0].Err != nil:
			return cluster.Unavailable(results[0].Err)
		case !results[0].Conflict:
			return nil
		}
	}
	return cluster.Unavailable(ErrTooManyAttempts)
}

// maxOrphaned bounds the claims that wait for their removal. Further ones stay: another
// change takes them over.
const maxOrphaned = 10_000

// orphanedClaims are unconfirmed claims that could not be removed.
type orphanedClaims struct {
	mu     sync.Mutex
	writes []bulkqueue.Write
}

func (l *orphanedClaims) add(writes ...bulkqueue.Write) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, writes[:min(len(writes), maxOrphaned-len(l.writes))]...)
}

func (l *orphanedClaims) take() []bulkqueue.Write {
	l.mu.Lock()
	defer l.mu.Unlock()
	writes := l.writes
	l.writes = nil
	return writes
}

// LeaveOrphaned postpones the removal of a claim.
func (cs *Claims) LeaveOrphaned(w bulkqueue.Write) { cs.orphaned.add(w) }

// RemoveOrphaned removes claims that could not be removed before.
func (cs *Claims) RemoveOrphaned(ctx context.Context) { cs.RemoveLater(ctx, cs.orphaned.take()) }

// RemoveLater removes unconfirmed claims, or postpones their removal.
func (cs *Claims) RemoveLater(ctx context.Context, writes []bulkqueue.Write) {
	results, err := cs.queues.To(layout.ClaimsIndex).Submit(ctx, false, writes...)
	for i := range writes {
		if err != nil || results[i].Err != nil {
			cs.orphaned.add(writes[i])
		}
	}
}

// ErrTooManyAttempts is the reason why a change was given up.
var ErrTooManyAttempts = errors.New("elasticsearch: others kept changing the document or its claims")

// StoredKey returns the id of a key's claim: the key itself, or a digest of it if it is
// not UTF-8. No key looks like such a digest.
func StoredKey(key string) string {
	if utf8.ValidString(key) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "\ufffe" + hex.EncodeToString(sum[:])
}

// Current reads the state of an id and the holders of some keys, in one request. The
// state is as old as the claims or older.
func (cs *Claims) Current(ctx context.Context, in storage.Collection, id string, keys ...string) (records.State, []records.Held, error) {
	gets := []records.Get{{Index: string(in), ID: id}}
	for _, key := range keys {
		gets = append(gets, records.Get{Index: layout.ClaimsIndex, ID: key})
	}
	answers, err := cs.records.ReadShared(ctx, gets...)
	if errors.Is(err, cluster.ErrTooLarge) { // the document is large; claims are not
		answers, err = cs.records.ReadApart(ctx, gets[:1], gets[1:])
	}
	if err != nil {
		return records.State{}, nil, err
	}
	st, err := answers[0].State()
	if err != nil {
		return st, nil, err
	}
	claims := make([]records.Held, len(keys))
	for i := range keys {
		if claims[i], err = answers[i+1].Held(keys[i]); err != nil {
			return st, nil, err
		}
	}
	return st, claims, nil
}

// Owner implements storage.Store.
func (cs *Claims) Owner(ctx context.Context, key string) (storage.Claim, error) {
	if err := cs.records.Usable(ctx, storage.Users); err != nil {
		return storage.Claim{}, err
	}
	missing := storage.ErrNotFound.New(key, storage.Index, layout.ClaimsIndex)
	if !storage.IsKey(key) {
		return storage.Claim{}, missing
	}
	answers, err := cs.records.ReadShared(ctx, records.Get{Index: layout.ClaimsIndex, ID: StoredKey(key)})
	if err != nil {
		return storage.Claim{}, err
	}
	h, err := answers[0].Held(key)
	if err == nil && h.There() && h.Latch && !h.Settled {
		// A caller that asks for the owner of a latch may not go on to take it, unlike a
		// caller that wants a name. So a latch that a dead node left counts as free
		// here.
		var owner records.State
		if h, owner, err = cs.Holder(ctx, StoredKey(key)); err == nil && h.There() && !h.Confirmed(StoredKey(key), owner) {
			err = missing
		}
	}
	if err == nil && !h.There() {
		err = missing
	}
	if err != nil {
		return storage.Claim{}, err
	}
	return h.Public(key), nil
}

// Holders reads claims, and then the documents that own them, without their areas.
func (cs *Claims) Holders(ctx context.Context, keys []string) ([]records.Held, []records.State, error) {
	gets := make([]records.Get, len(keys))
	for i, key := range keys {
		gets[i] = records.Get{Index: layout.ClaimsIndex, ID: key}
	}
	answers, err := cs.records.Read(ctx, gets)
	if err != nil {
		return nil, nil, err
	}
	claims, owners := make([]records.Held, len(keys)), make([]records.State, len(keys))
	var owned []records.Get
	var which []int
	for i, answer := range answers {
		if claims[i], err = answer.Held(keys[i]); err != nil {
			return nil, nil, err
		}
		owners[i].Place = records.Absent
		if claims[i].There() && cs.queues.To(string(claims[i].Of)) != nil {
			owned, which = append(owned, records.Get{Index: string(claims[i].Of), ID: claims[i].Owner, Bare: true}), append(which, i)
		}
	}
	if answers, err = cs.records.Read(ctx, owned); err != nil {
		return nil, nil, err
	}
	for n, i := range which {
		if owners[i], err = answers[n].State(); err != nil {
			return nil, nil, err
		}
	}
	return claims, owners, nil
}
