package losstest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// creators is how many create users at once when the server is killed.
const creators = 16

// attempt is one creation, and whether it was acknowledged. name is "" for a
// user without credentials.
type attempt struct {
	id, name string
	acked    bool
}

// TestKill kills the server in the middle of creations, round after round on
// the same data, and finds every acknowledged user whole, and every other one
// whole or not at all.
func TestKill(t *testing.T) {
	data := t.TempDir()
	var all []attempt
	for round := range sized(t).killRounds {
		s := start(t, data, cheap...)
		attempts := s.createUntilKilled(round, 40+rand.IntN(400))
		s = start(t, data, cheap...)
		acked := 0
		for i := range attempts {
			if attempts[i].acked {
				acked++
				s.checkWhole(attempts[i])
				continue
			}
			attempts[i].acked = s.checkWholeOrAbsent(attempts[i])
		}
		t.Logf("round %d: %d creations, %d acknowledged before the kill", round, len(attempts), acked)
		all = append(all, attempts...)
		s.checkCount(all)
		s.kill()
	}
	s := start(t, data, cheap...)
	for _, a := range all {
		if a.acked {
			s.checkWhole(a)
		}
	}
	s.stop()
}

// createUntilKilled creates users from many connections and kills the server
// once so many are acknowledged.
func (s *server) createUntilKilled(round, after int) []attempt {
	var acked atomic.Int64
	var kill sync.Once
	lists := make([][]attempt, creators)
	var workers sync.WaitGroup
	for worker := range creators {
		workers.Go(func() {
			for n := 0; ; n++ {
				a := attempt{id: fmt.Sprintf("user-%d-%d-%d", round, worker, n)}
				if n%2 == 0 {
					a.name = fmt.Sprintf("name-%d-%d-%d", round, worker, n)
				}
				got, err := call(s.base, "POST", createPath(a.id), newUser(a.name))
				a.acked = err == nil && got.status == 200
				lists[worker] = append(lists[worker], a)
				if err != nil {
					return
				}
				if !a.acked {
					s.t.Errorf("creating %s: %d %s", a.id, got.status, got.errID)
				}
				if acked.Add(1) == int64(after) {
					kill.Do(func() { go s.kill() })
				}
			}
		})
	}
	workers.Wait()
	<-s.gone
	var all []attempt
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// checkWhole insists on a user, its name and its password.
func (s *server) checkWhole(a attempt) {
	s.t.Helper()
	if got := s.must("GET", "/users/"+a.id, nil); got.status != 200 {
		s.t.Errorf("the user %s was acknowledged, and after the kill: %d %s", a.id, got.status, got.errID)
	}
	if a.name == "" {
		return
	}
	got, err := login(s.base, a.name, password)
	if err != nil {
		s.t.Fatal(err)
	}
	if got.status != 200 || got.result["_id"] != a.id {
		s.t.Errorf("login of %s as %s after the kill: %d %s %v", a.id, a.name, got.status, got.errID, got.result["_id"])
	}
}

// checkWholeOrAbsent judges a creation that nobody knows the end of: it tells
// whether the user is there now. If it was not, its name has to be free, which
// is shown by taking it.
func (s *server) checkWholeOrAbsent(a attempt) bool {
	s.t.Helper()
	switch got := s.must("GET", "/users/"+a.id, nil); got.status {
	case 200:
		s.checkWhole(a)
		return true
	case 404:
	default:
		s.t.Errorf("getting %s: %d %s", a.id, got.status, got.errID)
		return false
	}
	if a.name == "" {
		return false
	}
	if owner := s.owner(a.name); owner != "" {
		s.t.Errorf("the name %s is held by %q, and the user %s does not exist", a.name, owner, a.id)
	}
	if got := s.must("POST", createPath(a.id), newUser(a.name)); got.status != 200 {
		s.t.Errorf("creating %s again: %d %s", a.id, got.status, got.errID)
	}
	s.checkWhole(a)
	return true
}

// checkCount insists that there are no users but those known.
func (s *server) checkCount(all []attempt) {
	s.t.Helper()
	want := 0
	for _, a := range all {
		if a.acked {
			want++
		}
	}
	got := s.must("POST", "/users/_search?size=0", map[string]any{"query": map[string]any{}})
	if total := got.result["total"]; total != float64(want) {
		s.t.Errorf("there are %v users, want %d", total, want)
	}
}
