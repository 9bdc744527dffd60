package elasticsearch_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// The model: which user holds which key, and which users there are.
const (
	historyUsers = 3
	historyKeys  = 3
)

type holding struct {
	exists [historyUsers]bool
	keys   [historyKeys]int // the user plus one; 0 is nobody
}

type historyOp struct {
	remove    bool
	user, key int
}

// historyAnswer is the answer of a change; holder is the holder that a refusal
// named.
type historyAnswer struct {
	what   string
	holder int
}

var historyModel = porcupine.Model{
	Init: func() any { return holding{} },
	Step: func(from, input, output any) (bool, any) {
		has, op, answer := from.(holding), input.(historyOp), output.(historyAnswer)
		switch {
		case answer.what == "exists":
			return has.exists[op.user], has
		case answer.what == "gone":
			return true, has // it found nothing to remove, or another was quicker
		case answer.what == "taken":
			return has.keys[op.key] == answer.holder+1, has
		case op.remove:
			next := has
			next.exists[op.user] = false
			for k := range next.keys {
				if next.keys[k] == op.user+1 {
					next.keys[k] = 0
				}
			}
			return has.exists[op.user], next
		}
		next := has
		next.exists[op.user], next.keys[op.key] = true, op.user+1
		return !has.exists[op.user] && has.keys[op.key] == 0, next
	},
}

// TestHistory: the answers of creations and deletions by several clients on
// several nodes are possible in some sequence.
func TestHistory(t *testing.T) {
	o := lent(t)
	o.Grace, o.WriteDeadline = 50*time.Millisecond, time.Minute // six clients meet often, perhaps on a busy machine
	stores := []*elasticsearch.Store{open(t, o)}
	for range 2 {
		s, err := elasticsearch.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		stores = append(stores, s)
	}
	var mu sync.Mutex
	var history []porcupine.Operation
	begin := time.Now()
	var running sync.WaitGroup
	for client := range 6 {
		running.Go(func() {
			random := rand.New(rand.NewPCG(uint64(client), 7))
			for range 25 {
				op := historyOp{random.IntN(3) == 0, random.IntN(historyUsers), random.IntN(historyKeys)}
				call := time.Since(begin)
				answer, err := historyStep(t, stores[client%len(stores)], op)
				if err != nil {
					t.Errorf("%+v: %v", op, err)
					continue
				}
				mu.Lock()
				history = append(history, porcupine.Operation{
					ClientId: client, Input: op, Call: int64(call), Output: answer, Return: int64(time.Since(begin)),
				})
				mu.Unlock()
			}
		})
	}
	running.Wait()
	if got := porcupine.CheckOperationsTimeout(historyModel, history, time.Minute); got != porcupine.Ok {
		t.Errorf("history of %d changes: %v", len(history), got)
	}
}

func historyStep(t *testing.T, s *elasticsearch.Store, op historyOp) (historyAnswer, error) {
	id := fmt.Sprint("user", op.user)
	if op.remove {
		d, err := s.Get(t.Context(), storage.Users, id)
		if err == nil {
			_, err = s.Commit(t.Context(), storage.Change{In: storage.Users, ID: id, If: d.Rev})
		}
		if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrConflict) {
			return historyAnswer{what: "gone"}, nil
		}
		return historyAnswer{what: "done"}, err
	}
	_, err := s.Commit(t.Context(), named(id, fmt.Sprint("key", op.key)))
	var taken *storage.TakenError
	switch {
	case errors.Is(err, storage.ErrExists):
		return historyAnswer{what: "exists"}, nil
	case errors.As(err, &taken):
		var holder int
		_, err := fmt.Sscanf(taken.Held.Owner, "user%d", &holder)
		return historyAnswer{what: "taken", holder: holder}, err
	}
	return historyAnswer{what: "done"}, err
}
