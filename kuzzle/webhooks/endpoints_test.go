package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
)

// create makes an endpoint that nothing is sent to.
func (n *node) create(t *testing.T) string {
	t.Helper()
	made, err := n.Create(t.Context(), "https://127.0.0.1:9/", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

func (n *node) delete(t *testing.T, endpoint string) {
	t.Helper()
	if _, err := n.Delete(t.Context(), endpoint); err != nil {
		t.Fatal(err)
	}
}

// wantTold wants one message of an event.
func (n *node) wantTold(t *testing.T) {
	t.Helper()
	n.look(t.Context())
	messages, err := n.Messages([]events.Event{{Name: events.UserUpdated, Subject: events.Subject{Kind: events.User, ID: "jdoe"}}})
	if err != nil || len(messages) != 1 {
		t.Errorf("got %d messages, %v, want 1: %s", len(messages), err, n.log)
	}
}

// deadItem is an item with a letter.
func deadItem(t *testing.T) queue.Item {
	t.Helper()
	payload, err := json.Marshal(letter{ID: "msg_1", Type: events.UserUpdated, Kuid: "jdoe"})
	if err != nil {
		t.Fatal(err)
	}
	return queue.Item{Key: "jdoe", Payload: payload, For: time.Hour}
}

// TestDeletedEndpoint: messages and dead letters of a deleted endpoint take no place from
// others and are removed. Those of others stay, and so do notes and notices.
func TestDeletedEndpoint(t *testing.T) {
	n := open(t, sqlitetest.Open(t), "one")
	n.MaxWaiting = 12
	gone, kept := n.create(t), n.create(t)
	for i := range int64(10) {
		if err := n.change(t.Context(), fmt.Sprint("u", i), 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, endpoint := range []string{gone, kept} {
		if err := n.bury(t.Context(), endpoint, deadItem(t), "refused"); err != nil {
			t.Fatal(err)
		}
	}
	others := []*queue.Queue{n.queue(following), notices(n)}
	for _, other := range others {
		if err := other.Put(t.Context(), deadItem(t)); err != nil {
			t.Fatal(err)
		}
	}
	n.delete(t, gone)
	n.wantTold(t)
	if err := n.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for of, want := range map[*queue.Queue]int{n.queue(gone): 0, n.queue(kept): 10, others[0]: 1, others[1]: 1} {
		if count, _, err := of.Waiting(t.Context(), 100); err != nil || count != want {
			t.Errorf("%s: %d messages wait, %v, want %d", of.Name, count, err, want)
		}
	}
	if dead, err := n.ListDead(t.Context()); err != nil || len(dead) != 1 || dead[0].Endpoint != kept {
		t.Errorf("got the dead letters %+v, %v, want one of %s", dead, err, kept)
	}
}

// TestDeletedEndpointIsSwept: the server that sends removes the messages of a deleted
// endpoint without being told.
func TestDeletedEndpointIsSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, sqlitetest.Open(t), "one")
		gone := n.create(t)
		if err := n.queue(gone).Put(t.Context(), deadItem(t)); err != nil {
			t.Fatal(err)
		}
		n.delete(t, gone)
		n.run()
		time.Sleep(sweepAfter + poll)
		n.stop()
		if left, err := n.Store.Walk(t.Context(), storage.Outbox, "", 10); err != nil || len(left) > 0 {
			t.Errorf("left %v, %v", left, err)
		}
	})
}

func notices(n *node) *queue.Queue {
	return queue.New(queue.Options{Store: n.Store, Sealer: n.Sealer, Name: "notices", Node: n.Node, Now: n.Now, Log: n.Log, In: storage.Outbox})
}

// TestNoticesAreNotCounted: mails that wait take no place from messages to endpoints.
func TestNoticesAreNotCounted(t *testing.T) {
	n := open(t, sqlitetest.Open(t), "one")
	n.MaxWaiting = 10
	n.create(t)
	for range n.MaxWaiting {
		if err := notices(n).Put(t.Context(), queue.Item{Payload: []byte(`{}`), For: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	n.wantTold(t)
}

// TestDeadLettersOfDeletedEndpoints: however many they are, they hide no dead letter of
// another endpoint.
func TestDeadLettersOfDeletedEndpoints(t *testing.T) {
	n := open(t, sqlitetest.Open(t), "one")
	gone, kept := n.create(t), n.create(t)
	if err := n.bury(t.Context(), gone, deadItem(t), "gone"); err != nil {
		t.Fatal(err)
	}
	first, err := n.Store.Walk(t.Context(), storage.Outbox, "", 1)
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	copies := make([]storage.Change, MaxListed)
	for i := range copies {
		id := fmt.Sprintf("%s00%04d", deadPrefix, i) // an earlier letter than those of today
		copies[i] = storage.Change{In: storage.Outbox, ID: id, Put: &storage.Document{ID: id, Version: 1, Content: first[0].Content, Auth: first[0].Auth}}
	}
	for _, made := range n.Store.CommitMany(t.Context(), copies) {
		if made.Err != nil {
			t.Fatal(made.Err)
		}
	}
	n.delete(t, gone)
	if err := n.bury(t.Context(), kept, deadItem(t), "refused"); err != nil {
		t.Fatal(err)
	}
	if all, err := n.Standings(t.Context()); err != nil || len(all) != 1 || all[0].Dead != 1 {
		t.Errorf("got %+v, %v, want 1 dead letter", all, err)
	}
	if replayed, err := n.Replay(t.Context(), ""); err != nil || replayed != 1 {
		t.Errorf("replayed %d, %v, want 1", replayed, err)
	}
}

// leaving is a store whose caller leaves right after a commit.
type leaving struct {
	storage.Store
	leave func()
}

func (s *leaving) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	defer s.leave()
	return s.Store.Commit(ctx, change)
}

// TestCreateAnswersWhatIsMade: an endpoint that exists is answered with its secret, even if
// it cannot be read afterwards.
func TestCreateAnswersWhatIsMade(t *testing.T) {
	n := open(t, sqlitetest.Open(t), "one")
	ctx, cancel := context.WithCancel(t.Context())
	n.Store = &leaving{n.Store, cancel}
	if made, err := n.Webhooks.Create(ctx, "https://127.0.0.1:9/", "", nil); err != nil || made.Secret == "" || !n.log.Has("could not be read after a change") {
		t.Errorf("got %+v, %v, and the log %s", made, err, n.log)
	}
	if err := n.Refresh(t.Context()); err != nil || len(n.List()) != 1 {
		t.Errorf("got %v, %v, want the endpoint", n.List(), err)
	}
}
