package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// said is a message whose id begins with the queue's name.
func said(queue, text string) storage.Document {
	return storage.Document{
		ID: queue + ":", Version: 1, Content: json.RawMessage(fmt.Sprintf(`{"said":%q}`, text)), Auth: json.RawMessage(`{"sealed":"x"}`),
	}
}

// outbox carries waiting messages and returns those of a queue, in order.
func (f *fixture) outbox(queue string) []string {
	f.Helper()
	carry(f)
	found, err := f.store.Walk(f.ctx, storage.Outbox, queue+":", 1000)
	if err != nil {
		f.Fatalf("walk: %v", err)
	}
	var texts []string
	for _, d := range found {
		if strings.HasPrefix(d.ID, queue+":") {
			var content struct{ Said string }
			if err := json.Unmarshal(d.Content, &content); err != nil || string(d.Auth) != `{"sealed":"x"}` {
				f.Errorf("message %s: %s, %s, %v", d.ID, d.Content, d.Auth, err)
			}
			texts = append(texts, content.Said)
		}
	}
	return texts
}

func carry(f *fixture) {
	f.Helper()
	carrier, is := f.store.(storage.Carrier)
	for is {
		moved, err := carrier.Carry(f.ctx, 100)
		if err != nil {
			f.Fatalf("carry: %v", err)
		}
		is = moved > 0
	}
}

func (f *fixture) wantOutbox(what, queue string, want ...string) {
	f.Helper()
	if got := f.outbox(queue); !slices.Equal(got, want) {
		f.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// testOutbox: a message exists exactly once if its change is made, in the order
// of the document's changes, and not if the change is refused.
func testOutbox(f *fixture) {
	made := creation("jdoe", `{}`, "name:jdoe")
	made.Outbox = []storage.Document{said("q", "1"), said("q", "2"), said("other", "x")}
	rev := f.commit(made)
	refused := creation("other", `{}`, "name:jdoe")
	refused.Outbox = []storage.Document{said("q", "never")}
	var taken *storage.TakenError
	if err := f.try(refused); !errors.As(err, &taken) {
		f.Errorf("a claim of somebody else: %v", err)
	}
	if err := f.try(made); !errors.Is(err, storage.ErrExists) {
		f.Errorf("created twice: %v", err)
	}
	f.wantOutbox("after refusals", "q", "1", "2")
	next := storage.Change{In: storage.Users, ID: "jdoe", If: rev, Put: &storage.Document{Version: 2}, Outbox: []storage.Document{said("q", "3")}}
	rev = f.commit(next)
	if err := f.try(next); !errors.Is(err, storage.ErrConflict) {
		f.Errorf("an old revision: %v", err)
	}
	f.commit(storage.Change{In: storage.Users, ID: "jdoe", If: rev, Outbox: []storage.Document{said("q", "4")}})
	made.Outbox = []storage.Document{said("q", "5")}
	f.commit(made)
	f.wantOutbox("after a deletion and a new user of that id", "q", "1", "2", "3", "4", "5")
	f.wantOutbox("another queue", "other", "x")

	// A removed message does not come again.
	found, err := f.store.Walk(f.ctx, storage.Outbox, "q:", 1)
	if err != nil || len(found) != 1 {
		f.Fatalf("walk: %d, %v", len(found), err)
	}
	f.commit(storage.Change{In: storage.Outbox, ID: found[0].ID, If: found[0].Rev})
	f.wantOutbox("after one was removed", "q", "2", "3", "4", "5")

	changes := make([]storage.Change, 20)
	for i := range changes {
		changes[i] = creation(fmt.Sprintf("many%02d", i), `{}`)
		changes[i].Outbox = []storage.Document{said("many", fmt.Sprintf("%02d", i))}
	}
	for _, result := range f.store.CommitMany(f.ctx, changes) {
		if result.Err != nil {
			f.Error(result.Err)
		}
	}
	got := f.outbox("many")
	if slices.Sort(got); len(got) != len(changes) || got[0] != "00" || got[19] != "19" {
		f.Errorf("of many: got %q", got)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { f.countAndTell("jdoe", 5) })
	}
	all.Wait()
	want := make([]string, 20)
	for i := range want {
		want[i] = fmt.Sprint(i + 2)
	}
	f.wantOutbox("at the same time", "count", want...)

	for _, in := range storage.Tells {
		queue := string(in)
		rev := f.commit(storage.Change{In: in, ID: "told", Put: &storage.Document{Version: 1}, Outbox: []storage.Document{said(queue, "made")}})
		rev = f.commit(storage.Change{In: in, ID: "told", If: rev, Put: &storage.Document{Version: 2}, Outbox: []storage.Document{said(queue, "changed")}})
		f.commit(storage.Change{In: in, ID: "told", If: rev, Outbox: []storage.Document{said(queue, "removed")}})
		f.wantOutbox("of "+queue, queue, "made", "changed", "removed")
	}
	f.wantKind("a collection that tells nothing", f.try(storage.Change{
		In: storage.Roles, ID: "told", Put: &storage.Document{Version: 1}, Outbox: []storage.Document{said("q", "")},
	}), storage.ErrBadRequest)

	wrong := creation("wrong", `{}`)
	for name, outbox := range map[string][]storage.Document{
		"no id": {{}}, "a long id": {{ID: strings.Repeat("x", storage.MaxKey)}}, "too many": slices.Repeat([]storage.Document{said("q", "")}, storage.MaxOutbox+1),
	} {
		wrong.Outbox = outbox
		f.wantKind(name, f.try(wrong), storage.ErrBadRequest)
	}
}

// countAndTell raises a document's version, each time with a message.
func (f *fixture) countAndTell(id string, times int) {
	for told := 0; told < times; {
		d, err := f.store.Get(f.ctx, storage.Users, id)
		if err != nil {
			f.Error(err)
			return
		}
		next := storage.Document{Version: d.Version + 1}
		err = f.try(storage.Change{In: storage.Users, ID: id, If: d.Rev, Put: &next, Outbox: []storage.Document{said("count", fmt.Sprint(next.Version))}})
		if err == nil {
			told++
		} else if !errors.Is(err, storage.ErrConflict) {
			f.Error(err)
			return
		}
	}
}
