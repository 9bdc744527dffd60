package losstest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// Few names, many clients: most operations meet another one.
const (
	contenders = 6
	names      = 4
	// opsPerClient bounds a round's history, and with it the time to judge it.
	opsPerClient = 40
	judgeTimeout = 2 * time.Minute
)

// operation is a client's request.
type operation struct {
	kind string // create, delete, rename, find
	id   string
	name int
}

// outcome is its answer.
type outcome struct {
	kind  string // done, taken, missing, found, or unknown when nobody answered
	owner string // of find
}

// owners is the model's state: the holder of each name. Every user holds exactly
// one, so it also tells which users exist.
type owners [names]string

func (o owners) nameOf(id string) int {
	for name, owner := range o {
		if owner == id {
			return name
		}
	}
	return -1
}

// apply returns the expected answer of the operation in a state, and the state
// after it.
func (o owners) apply(op operation) (outcome, owners) {
	held := o.nameOf(op.id)
	switch {
	case op.kind == "find":
		return outcome{kind: "found", owner: o[op.name]}, o
	case op.kind != "create" && held < 0:
		return outcome{kind: "missing"}, o
	case op.kind == "delete":
		o[held] = ""
		return outcome{kind: "done"}, o
	case o[op.name] != "" && o[op.name] != op.id:
		return outcome{kind: "taken"}, o
	}
	if held >= 0 {
		o[held] = ""
	}
	o[op.name] = op.id
	return outcome{kind: "done"}, o
}

// model lets an operation whose end is unknown take place or not.
var model = porcupine.NondeterministicModel{
	Init: func() []any { return []any{owners{}} },
	Step: func(state, input, output any) []any {
		want, next := state.(owners).apply(input.(operation))
		switch got := output.(outcome); {
		case got.kind == "unknown":
			return []any{state, next}
		case got == want:
			return []any{next}
		}
		return nil
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v: %v", input, output) },
}

// TestHistory lets clients fight for a few names, kills the server meanwhile,
// and insists that all they were told, before and after the kills, can have come
// from operations that took place one after the other, each whole or not at all.
func TestHistory(t *testing.T) {
	data := t.TempDir()
	begin := time.Now()
	var history []porcupine.Operation
	var known atomic.Pointer[[]string]
	for round := range sized(t).historyRounds {
		s := start(t, data, cheap...)
		history = append(history, s.fight(round, begin, &known)...)
		s.kill()
	}
	s := start(t, data, cheap...)
	for name := range names {
		history = append(history, s.observe(contenders, operation{kind: "find", name: name}, begin))
	}
	s.stop()
	unknown := 0
	end := int64(time.Since(begin)) + 1
	for i := range history {
		// An operation without an answer may have taken place at any later time.
		if history[i].Output.(outcome).kind == "unknown" {
			history[i].Return = end
			unknown++
		}
	}
	t.Logf("%d operations, %d of them without an answer", len(history), unknown)
	if unknown == 0 {
		t.Error("the kills met nothing under way")
	}
	if got := porcupine.CheckOperationsTimeout(model.ToModel(), history, judgeTimeout); got != porcupine.Ok {
		t.Errorf("the history is %s", got)
		for _, op := range history {
			t.Logf("client %d, %d to %d: %v: %v", op.ClientId, op.Call, op.Return, op.Input, op.Output)
		}
	}
}

// fight has every client do random operations until the server is killed, which
// happens somewhere in the second half.
func (s *server) fight(round int, begin time.Time, known *atomic.Pointer[[]string]) []porcupine.Operation {
	killAt := int64(contenders * opsPerClient * (50 + rand.IntN(45)) / 100)
	var done atomic.Int64
	var users pool
	if known.Load() != nil {
		users.ids = *known.Load()
	}
	lists := make([][]porcupine.Operation, contenders)
	var clients sync.WaitGroup
	for who := range contenders {
		clients.Go(func() {
			for n := range opsPerClient {
				op := users.next(fmt.Sprintf("u-%d-%d-%d", round, who, n))
				one := s.observe(who, op, begin)
				lists[who] = append(lists[who], one)
				if one.Output.(outcome).kind == "unknown" {
					return
				}
				if done.Add(1) == killAt {
					go s.kill()
				}
			}
		})
	}
	clients.Wait()
	known.Store(&users.ids)
	var all []porcupine.Operation
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// pool remembers the users that were ever asked for.
type pool struct {
	mu  sync.Mutex
	ids []string
}

// recent is how far back clients look for a user to delete or rename.
const recent = 6

// next draws an operation; fresh is the id of a user to create.
func (p *pool) next(fresh string) operation {
	p.mu.Lock()
	defer p.mu.Unlock()
	op := operation{name: rand.IntN(names), kind: []string{"create", "create", "delete", "rename", "rename", "find"}[rand.IntN(6)]}
	if len(p.ids) == 0 || op.kind == "create" {
		op.kind, op.id = "create", fresh
		p.ids = append(p.ids, fresh)
		return op
	}
	if op.kind != "find" {
		op.id = p.ids[max(0, len(p.ids)-1-rand.IntN(recent))]
	}
	return op
}

// observe runs an operation and records its times and its answer.
func (s *server) observe(who int, op operation, begin time.Time) porcupine.Operation {
	one := porcupine.Operation{ClientId: who, Input: op, Call: int64(time.Since(begin))}
	one.Output = s.carryOut(op)
	one.Return = int64(time.Since(begin))
	return one
}

func (s *server) carryOut(op operation) outcome {
	name := fmt.Sprintf("name-%d", op.name)
	var got answer
	var err error
	switch op.kind {
	case "create":
		got, err = call(s.base, "POST", createPath(op.id), newUser(name))
	case "delete":
		got, err = call(s.base, "DELETE", "/users/"+op.id+"?refresh=false", nil)
	case "rename":
		got, err = call(s.base, "PUT", "/credentials/local/"+op.id+"/_update?refresh=false", map[string]any{"username": name})
	case "find":
		got, err = call(s.base, "GET", "/credentials/local/"+name+"/_byId", nil)
	}
	switch {
	case err != nil || got.status == 503:
		return outcome{kind: "unknown"}
	case got.status == 200 && op.kind == "find":
		return outcome{kind: "found", owner: fmt.Sprint(got.result["kuid"])}
	case got.status == 200:
		return outcome{kind: "done"}
	case op.kind == "find" && got.errID == "security.credentials.not_found":
		return outcome{kind: "found"}
	case got.errID == "security.credentials.identifier_taken":
		return outcome{kind: "taken"}
	case got.errID == "security.user.not_found", got.errID == "security.credentials.not_found":
		return outcome{kind: "missing"}
	}
	s.t.Errorf("%v: %d %s", op, got.status, got.errID)
	return outcome{kind: "unknown"}
}
