package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// maxGets is how many records one request reads.
const maxGets = 500

// get asks for one record, by its index (without prefix) and id. Ids travel in
// bodies only, so that none is mistaken for a part of a path.
type get struct {
	index, id string
	// bare leaves out the areas of a document, and what they are found by.
	bare bool
}

type got struct {
	Found  bool            `json:"found"`
	Seq    int64           `json:"_seq_no"`
	Term   int64           `json:"_primary_term"`
	Source json.RawMessage `json:"_source"`
	Error  *failure        `json:"error"`
}

func (g got) place() place {
	if !g.Found {
		return absent
	}
	return place{Seq: g.Seq, Term: g.Term}
}

// read answers records in the order asked for, in real time.
func (s *Store) read(ctx context.Context, gets []get) ([]got, error) {
	all := make([]got, 0, len(gets))
	for chunk := range slices.Chunk(gets, maxGets) {
		some, err := s.readChunk(ctx, chunk)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (s *Store) readChunk(ctx context.Context, gets []get) ([]got, error) {
	answers, err := s.readEach(ctx, gets, patiently)
	if err == nil {
		err = s.broken(ctx, failureOf(answers))
	}
	return answers, err
}

// wanted is a get as it is sent. It asks for whole records as a rule: leaving out
// what is there only to be searched takes Elasticsearch longer than sending it.
type wanted struct {
	Index  string `json:"_index"`
	ID     string `json:"_id"`
	Source clause `json:"_source,omitempty"`
}

// areas are the members of a record that bare gets leave out.
var areas = []string{"content", "account", "auth", contentFields, accountFields}

// Whether a request is sent again for a record that could not be read.
const (
	patiently = true
	once      = false
)

// readEach is read for as many as one request takes. That one record could not
// be read is in its answer, where the others are well. Several that are too large
// for one answer are errTooLarge.
func (s *Store) readEach(ctx context.Context, gets []get, again bool) ([]got, error) {
	if len(gets) == 0 {
		return nil, nil
	}
	docs := make([]wanted, len(gets))
	for i, g := range gets {
		docs[i] = wanted{Index: s.index(g.index), ID: g.id}
		if g.bare {
			docs[i].Source = clause{"excludes": areas}
		}
	}
	body, err := encode(map[string][]wanted{"docs": docs})
	if err != nil {
		return nil, err
	}
	var answer answers
	var into any = &answer
	if !again {
		into = (*unjudged)(&answer)
	}
	err = s.cluster.bound(len(gets)).askEach(ctx, s.cluster.lookup, func() esapi.Request {
		answer = answers{} // of an attempt before
		return esapi.MgetRequest{Body: bytes.NewReader(body)}
	}, into)
	if err != nil && answer.failure() == nil {
		return nil, s.broken(ctx, err)
	}
	if len(answer.Docs) != len(gets) {
		return nil, unavailable(fmt.Errorf("elasticsearch: %d answers to %d gets", len(answer.Docs), len(gets)))
	}
	return answer.Docs, nil
}

// answers are those to a read of several records.
type answers struct {
	Docs []got `json:"docs"`
}

func (a *answers) failure() error { return failureOf(a.Docs) }

// unjudged are answers whose failures are looked at by who asked.
type unjudged answers

// failureOf answers why one of the records could not be read.
func failureOf(answers []got) error {
	for _, g := range answers {
		if g.Error == nil {
			continue
		}
		kind, reason := g.Error.root()
		status := http.StatusServiceUnavailable
		if kind == noIndex {
			status = http.StatusNotFound
		}
		return &answerError{status: status, kind: kind, reason: reason}
	}
	return nil
}

func (g got) state() (state, error) {
	st := state{at: g.place()}
	if g.Found {
		if err := json.Unmarshal(g.Source, &st.record); err != nil {
			return st, fmt.Errorf("elasticsearch: a record cannot be read: %w", err)
		}
	}
	return st, nil
}

func (g got) held(key string) (held, error) {
	h := held{key: key, at: g.place()}
	if g.Found {
		if err := json.Unmarshal(g.Source, &h.claim); err != nil {
			return h, fmt.Errorf("elasticsearch: a claim cannot be read: %w", err)
		}
	}
	return h, nil
}

// current reads the state of an id, and who holds some keys, in one request.
// The state is as it was before the claims were what they are, or at the same
// time.
func (s *Store) current(ctx context.Context, in storage.Collection, id string, keys ...string) (state, []held, error) {
	gets := []get{{index: string(in), id: id}}
	for _, key := range keys {
		gets = append(gets, get{index: claimsIndex, id: key})
	}
	answers, err := s.lookups.read(ctx, gets...)
	if errors.Is(err, errTooLarge) { // the document is large, which claims are not
		answers, err = s.readApart(ctx, gets[:1], gets[1:])
	}
	if err != nil {
		return state{}, nil, err
	}
	st, err := answers[0].state()
	if err != nil {
		return st, nil, err
	}
	claims := make([]held, len(keys))
	for i := range keys {
		if claims[i], err = answers[i+1].held(keys[i]); err != nil {
			return st, nil, err
		}
	}
	return st, claims, nil
}

// Get implements storage.Store.
func (s *Store) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	return storage.One(ctx, s, from, id)
}

// readApart answers two parts in one after the other.
func (s *Store) readApart(ctx context.Context, first, second []get) ([]got, error) {
	answers, err := s.lookups.read(ctx, first...)
	if err != nil {
		return nil, err
	}
	others, err := s.lookups.read(ctx, second...)
	return append(answers, others...), err
}

// GetMany implements storage.Store.
func (s *Store) GetMany(ctx context.Context, from storage.Collection, ids []string) (found []storage.Document, left []string, err error) {
	if err := s.usable(ctx, from); err != nil {
		return nil, nil, err
	}
	next, room := portion(firstPart), storage.PageBytes
	for len(ids) > 0 {
		some := ids[:min(len(ids), int(next))]
		states, err := s.states(ctx, from, some)
		if next = portion(len(some)); next.shrink(err) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		for i := range states {
			if !states[i].live() {
				continue
			}
			d := states[i].document(some[i])
			if len(found) > 0 && d.Size() > room {
				return found, ids[i:], nil
			}
			found, room = append(found, d), room-d.Size()
		}
		ids = ids[len(some):]
		next.follow(len(found), storage.PageBytes-room, room)
	}
	return found, nil, nil
}

// states reads what is there under each id.
func (s *Store) states(ctx context.Context, of storage.Collection, ids []string) ([]state, error) {
	gets, at := make([]get, 0, len(ids)), make([]int, 0, len(ids))
	states := make([]state, len(ids))
	for i, id := range ids {
		states[i].at = absent
		if storage.IsID(id) {
			gets, at = append(gets, get{index: string(of), id: id}), append(at, i)
		}
	}
	answers, err := s.lookups.read(ctx, gets...)
	if err != nil {
		return nil, err
	}
	for n, i := range at {
		if states[i], err = answers[n].state(); err != nil {
			return nil, err
		}
	}
	return states, nil
}

// Owner implements storage.Store.
func (s *Store) Owner(ctx context.Context, key string) (storage.Claim, error) {
	if err := s.usable(ctx, storage.Users); err != nil {
		return storage.Claim{}, err
	}
	missing := storage.ErrNotFound.New(key, storage.Index, claimsIndex)
	if !storage.IsKey(key) {
		return storage.Claim{}, missing
	}
	answers, err := s.lookups.read(ctx, get{index: claimsIndex, id: storedKey(key)})
	if err != nil {
		return storage.Claim{}, err
	}
	h, err := answers[0].held(key)
	if err == nil && h.there() && h.Latch && !h.Settled {
		// Whoever asks about a latch may not go on to take it, as one does who
		// wants a name: what a node left that died counts as not taken here.
		var owner state
		if h, owner, err = s.holder(ctx, storedKey(key)); err == nil && h.there() && !h.confirmed(storedKey(key), owner) {
			err = missing
		}
	}
	if err == nil && !h.there() {
		err = missing
	}
	if err != nil {
		return storage.Claim{}, err
	}
	return h.public(key), nil
}
