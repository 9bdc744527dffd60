//go:build failpoints

package elasticsearch_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// victim configures a subprocess: the change to make, and the step before which it is
// killed.
type victim struct {
	Prefix, Step string
	Change       storage.Change
	// Carry has it carry messages instead.
	Carry bool
}

const victimVariable = "KUZZLE_TEST_VICTIM"

// TestVictim is the subprocess. It makes a change and is killed in the middle.
func TestVictim(t *testing.T) {
	v, ok := asVictim(t, victimVariable)
	if !ok {
		return
	}
	if v.Change.Put != nil {
		v.Change.Put = &storage.Document{Version: v.Change.Put.Version}
	}
	o := lent(t)
	o.Prefix = v.Prefix
	s, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if v.Carry {
		_, err = s.Carry(v.doomed(t), 10)
	} else {
		_, err = s.Commit(v.doomed(t), v.Change)
	}
	t.Fatalf("survived: %v", err)
}

// killed makes a change in a process that is killed before a step.
func killed(t *testing.T, o elasticsearch.Options, step string, change storage.Change) {
	t.Helper()
	sacrifice(t, "TestVictim", victimVariable, victim{Prefix: o.Prefix, Step: step, Change: change})
}

// sacrifice runs a test that is a victim in a process of its own, and insists on that
// process being killed.
func sacrifice(t *testing.T, test, variable string, v victim) {
	t.Helper()
	given, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$")
	process.Env = append(os.Environ(), variable+"="+string(given), "KUZZLE_TEST_ELASTICSEARCH="+strings.Join(node.Addresses, ","))
	out, err := process.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("victim at %s: %v\n%s", v.Step, err, out)
	}
}

// asVictim reads the configuration of a subprocess; ok is false in any other process.
func asVictim(t *testing.T, variable string) (v victim, ok bool) {
	t.Helper()
	given := os.Getenv(variable)
	if given == "" {
		return v, false
	}
	if err := json.Unmarshal([]byte(given), &v); err != nil {
		t.Fatal(err)
	}
	return v, true
}

// doomed is a context in which this process is killed before the step.
func (v victim) doomed(t *testing.T) context.Context {
	return elasticsearch.WithFailpoint(t.Context(), func(step string) {
		if step == v.Step {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
}

// TestKilledAtEveryStep: a node is killed at every step; its acknowledged changes
// stay, and no name is locked.
func TestKilledAtEveryStep(t *testing.T) {
	for _, step := range []string{"claims", "document", "free"} {
		t.Run("create, "+step, func(t *testing.T) {
			o := lent(t)
			s := open(t, o)
			killed(t, o, step, user("dead", "name", "mail"))
			if slices.Contains([]string{"claims", "document"}, step) {
				must(t, s, user("next", "name"))
				must(t, s, user("dead", "mail"))
				return
			}
			_, err := s.Commit(t.Context(), user("next", "name"))
			wantTaken(t, err, "name", "dead")
		})
		t.Run("rename, "+step, func(t *testing.T) {
			o := lent(t)
			s := open(t, o)
			d := must(t, s, user("u", "old"))
			rename := user("u", "new")
			rename.If, rename.Free = d.Rev, []string{"old"}
			killed(t, o, step, rename)
			kept, free := "old", "new"
			if step == "free" {
				kept, free = "new", "old"
			}
			_, err := s.Commit(t.Context(), user("next", kept))
			wantTaken(t, err, kept, "u")
			must(t, s, user("next", free))
		})
		t.Run("delete, "+step, func(t *testing.T) {
			o := lent(t)
			s := open(t, o)
			d := must(t, s, user("u", "name"))
			killed(t, o, step, storage.Change{In: storage.Users, ID: "u", If: d.Rev})
			if step != "free" {
				_, err := s.Commit(t.Context(), user("next", "name"))
				wantTaken(t, err, "name", "u")
				must(t, s, storage.Change{In: storage.Users, ID: "u", If: d.Rev})
			}
			must(t, s, user("next", "name"))
			if again := must(t, s, user("u")); again.Incarnation == d.Incarnation {
				t.Error("a new user has the incarnation of the deleted one")
			}
		})
	}
}

// telling is a change of a user with two messages.
func telling(change storage.Change, texts ...string) storage.Change {
	for _, text := range texts {
		change.Outbox = append(change.Outbox, storage.Document{ID: "q:", Version: 1, Content: json.RawMessage(`{"said":"` + text + `"}`)})
	}
	return change
}

// carried are the messages of the outbox, once all were carried.
func carried(t *testing.T, s *elasticsearch.Store) (said string) {
	t.Helper()
	for {
		moved, err := s.Carry(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if moved == 0 {
			break
		}
	}
	found, err := s.Walk(t.Context(), storage.Outbox, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found {
		var content struct{ Said string }
		if err := json.Unmarshal(d.Content, &content); err != nil {
			t.Fatal(err)
		}
		said += content.Said
	}
	return said
}

// TestKilledWithMessages: a message exists if and only if its change does, before
// every step at which the node was killed.
func TestKilledWithMessages(t *testing.T) {
	for step, want := range map[string]string{"claims": "", "document": "", "free": "12"} {
		o := lent(t)
		s := open(t, o)
		killed(t, o, step, telling(user("dead", "name"), "1", "2"))
		if got := carried(t, s); got != want {
			t.Errorf("killed before %s: %q, want %q", step, got, want)
		}
	}
}

// TestKilledCarrier: a process that is killed while it carries messages leaves each
// of them to the next one, once and in order.
func TestKilledCarrier(t *testing.T) {
	for _, step := range []string{"message", "carried"} {
		o := lent(t)
		s := open(t, o)
		d := must(t, s, telling(user("u"), "1", "2"))
		sacrifice(t, "TestVictim", victimVariable, victim{Prefix: o.Prefix, Step: step, Carry: true})
		must(t, s, telling(storage.Change{In: storage.Users, ID: "u", If: d.Rev}, "3"))
		if got := carried(t, s); got != "123" {
			t.Errorf("killed before %s: %q, want 123", step, got)
		}
	}
}

// TestKilledTaker: a process that is killed while it takes a claim over leaves the
// claim to the next one.
func TestKilledTaker(t *testing.T) {
	for _, step := range []string{"fence", "take"} {
		o := lent(t)
		s := open(t, o)
		killed(t, o, "document", user("first", "name"))
		killed(t, o, step, user("second", "name"))
		must(t, s, user("third", "name"))
		wantOwner(t, s, "name", "third")
	}
}

// TestKilledWithLatch: a latch is not lost to a change that was never made.
func TestKilledWithLatch(t *testing.T) {
	o := lent(t)
	s := open(t, o)
	once := user("dead")
	once.Take = []storage.Take{{Key: "first", Once: true}}
	killed(t, o, "document", once)
	once.ID = "next"
	d := must(t, s, once)
	must(t, s, storage.Change{In: storage.Users, ID: "next", If: d.Rev})
	once.ID = "late"
	_, err := s.Commit(t.Context(), once)
	wantTaken(t, err, "first", "next")
}

// TestLatchOfTheDead: a latch that a killed node took without writing a document has
// no owner, for readers and takers.
func TestLatchOfTheDead(t *testing.T) {
	o := lent(t)
	s := open(t, o)
	latched := func(id string) storage.Change {
		change := user(id)
		change.Take = []storage.Take{{Key: "latch", Once: true}}
		return change
	}
	killed(t, o, "document", latched("dead"))
	wantOwner(t, s, "latch", "")
	must(t, s, latched("alive"))
	wantOwner(t, s, "latch", "alive")
}
