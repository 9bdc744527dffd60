package records

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
)

// MaxGets is the maximum number of records in one request.
const MaxGets = 500

// Get names one record, by its index (without prefix) and id. Ids are sent in
// bodies only, so that none is mistaken for a part of a path.
type Get struct {
	Index, ID string
	// Bare leaves out the areas of a document, and the values by which they are
	// found.
	Bare bool
}

// Got is the answer to a Get. Error is the reason why the record could not be
// read.
type Got struct {
	Found  bool             `json:"found"`
	Seq    int64            `json:"_seq_no"`
	Term   int64            `json:"_primary_term"`
	Source json.RawMessage  `json:"_source"`
	Error  *cluster.Failure `json:"error"`
}

// Place returns the record's place, or Absent.
func (g Got) Place() Place {
	if !g.Found {
		return Absent
	}
	return Place{Seq: g.Seq, Term: g.Term}
}

// Read returns records in the order of gets, in real time.
func (rs *Records) Read(ctx context.Context, gets []Get) ([]Got, error) {
	all := make([]Got, 0, len(gets))
	for chunk := range slices.Chunk(gets, MaxGets) {
		some, err := rs.readChunk(ctx, chunk)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (rs *Records) readChunk(ctx context.Context, gets []Get) ([]Got, error) {
	answers, err := rs.readEach(ctx, gets, patiently)
	if err == nil {
		err = rs.cluster.Broken(ctx, failureOf(answers))
	}
	return answers, err
}

// wanted is a get in the request. It usually asks for whole records: filtering
// out the search values takes Elasticsearch longer than sending them.
type wanted struct {
	Index  string `json:"_index"`
	ID     string `json:"_id"`
	Source clause `json:"_source,omitempty"`
}

// areas are the members of a record that bare gets leave out.
var areas = []string{"content", "account", "auth", layout.ContentFields, layout.AccountFields}

// Whether a request is repeated for a record that could not be read.
const (
	patiently = true
	once      = false
)

// readEach is like Read for the records of one request. The error of one record
// is in its answer, if the others are well. Several that are too large for one
// answer are cluster.ErrTooLarge.
func (rs *Records) readEach(ctx context.Context, gets []Get, again bool) ([]Got, error) {
	if len(gets) == 0 {
		return nil, nil
	}
	docs := make([]wanted, len(gets))
	for i, g := range gets {
		docs[i] = wanted{Index: rs.names.Index(g.Index), ID: g.ID}
		if g.Bare {
			docs[i].Source = clause{"excludes": areas}
		}
	}
	body, err := cluster.Encode(map[string][]wanted{"docs": docs})
	if err != nil {
		return nil, err
	}
	var answer answers
	var into any = &answer
	if !again {
		into = (*unjudged)(&answer)
	}
	err = rs.cluster.Bound(len(gets)).AskEach(ctx, rs.cluster.Lookup, cluster.Post("/_mget", body), into)
	if err != nil && answer.Failure() == nil {
		return nil, rs.cluster.Broken(ctx, err)
	}
	if len(answer.Docs) != len(gets) {
		return nil, cluster.Unavailable(fmt.Errorf("elasticsearch: %d answers to %d gets", len(answer.Docs), len(gets)))
	}
	return answer.Docs, nil
}

// answers are the answers to a read of several records.
type answers struct {
	Docs []Got `json:"docs"`
}

// Failure makes the cluster repeat the request.
func (a *answers) Failure() error { return failureOf(a.Docs) }

// unjudged are answers whose failures the caller handles.
type unjudged answers

// failureOf returns the reason why one of the records could not be read.
func failureOf(answers []Got) error {
	for _, g := range answers {
		if g.Error == nil {
			continue
		}
		kind, reason := g.Error.Root()
		status := http.StatusServiceUnavailable
		if kind == cluster.NoIndex {
			status = http.StatusNotFound
		}
		return &cluster.AnswerError{Status: status, Kind: kind, Reason: reason}
	}
	return nil
}

// State returns the record as the state of a document.
func (g Got) State() (State, error) {
	st := State{Place: g.Place()}
	if g.Found {
		if err := json.Unmarshal(g.Source, &st.Record); err != nil {
			return st, fmt.Errorf("elasticsearch: a record cannot be read: %w", err)
		}
	}
	return st, nil
}

// Held returns the record as a claim of the key.
func (g Got) Held(key string) (Held, error) {
	h := Held{Key: key, Place: g.Place()}
	if g.Found {
		if err := json.Unmarshal(g.Source, &h.Claim); err != nil {
			return h, fmt.Errorf("elasticsearch: a claim cannot be read: %w", err)
		}
	}
	return h, nil
}

// Get implements storage.Store.
func (rs *Records) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	return storage.One(ctx, rs, from, id)
}

// ReadApart reads two parts, one after the other.
func (rs *Records) ReadApart(ctx context.Context, first, second []Get) ([]Got, error) {
	answers, err := rs.ReadShared(ctx, first...)
	if err != nil {
		return nil, err
	}
	others, err := rs.ReadShared(ctx, second...)
	return append(answers, others...), err
}

// GetMany implements storage.Store.
func (rs *Records) GetMany(ctx context.Context, from storage.Collection, ids []string) (found []storage.Document, left []string, err error) {
	if err := rs.Usable(ctx, from); err != nil {
		return nil, nil, err
	}
	next, room := cluster.Portion(cluster.FirstPart), storage.PageBytes
	for len(ids) > 0 {
		some := ids[:min(len(ids), int(next))]
		states, err := rs.states(ctx, from, some)
		if next = cluster.Portion(len(some)); next.Shrink(err) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		for i := range states {
			if !states[i].IsLive() {
				continue
			}
			d := states[i].Document(some[i])
			if len(found) > 0 && d.Size() > room {
				return found, ids[i:], nil
			}
			found, room = append(found, d), room-d.Size()
		}
		ids = ids[len(some):]
		next.Follow(len(found), storage.PageBytes-room, room)
	}
	return found, nil, nil
}

// states reads the state of each id.
func (rs *Records) states(ctx context.Context, of storage.Collection, ids []string) ([]State, error) {
	gets, at := make([]Get, 0, len(ids)), make([]int, 0, len(ids))
	states := make([]State, len(ids))
	for i, id := range ids {
		states[i].Place = Absent
		if storage.IsID(id) {
			gets, at = append(gets, Get{Index: string(of), ID: id}), append(at, i)
		}
	}
	answers, err := rs.ReadShared(ctx, gets...)
	if err != nil {
		return nil, err
	}
	for n, i := range at {
		if states[i], err = answers[n].State(); err != nil {
			return nil, err
		}
	}
	return states, nil
}
