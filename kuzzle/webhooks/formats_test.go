package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
)

var other = Format{Name: "other", Headers: "Other-", Events: []string{"thing.made", events.UserUpdated}}

// TestFormats: each endpoint gets messages in its format only, with the format's
// header names, about the events that it wants.
func TestFormats(t *testing.T) {
	store := sqlitetest.Open(t)
	n := open(t, store, "one")
	n.Formats = []Format{other}
	headers := make(chan http.Header, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { headers <- req.Header }))
	defer receiver.Close()
	defer n.Client.CloseIdleConnections()
	if _, err := n.Create(t.Context(), receiver.URL, "yaml", nil); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "standard, other") {
		t.Errorf("an unknown format: %v", err)
	}
	if _, err := n.Create(t.Context(), receiver.URL, "other", []string{events.UserBanned}); !errors.Is(err, ErrEvent) || !strings.Contains(err.Error(), "thing.made") {
		t.Errorf("an event of another format: %v", err)
	}
	made := map[string]Created{}
	for name, in := range map[string]struct {
		format string
		wanted []string
	}{"plain": {"", nil}, "all": {"other", nil}, "some": {"other", []string{"thing.made"}}} {
		var err error
		if made[name], err = n.Create(t.Context(), receiver.URL, in.format, in.wanted); err != nil {
			t.Fatal(err)
		}
	}
	caused := []events.Event{{Name: events.UserUpdated, Subject: events.Subject{Kind: events.User, ID: "jdoe"}}}
	for what, test := range map[string]struct {
		messages func() ([]storage.Document, error)
		want     []string
	}{
		"an event": {func() ([]storage.Document, error) { return n.Messages(caused) }, []string{"plain"}},
		"a message": {func() ([]storage.Document, error) {
			return n.Documents(Message{"other", events.UserUpdated, "jdoe", []byte(`{}`)})
		}, []string{"all"}},
		"a message that two want": {func() ([]storage.Document, error) {
			return n.Documents(Message{"other", "thing.made", "acme", []byte(`{}`)})
		}, []string{"all", "some"}},
		"a message for nobody": {func() ([]storage.Document, error) {
			return n.Documents(Message{"other", "thing.gone", "acme", []byte(`{}`)})
		}, nil},
		"one that is too large": {func() ([]storage.Document, error) {
			return n.Documents(Message{"other", "thing.made", "acme", json.RawMessage(`"` + strings.Repeat("x", queue.MaxPayload) + `"`)})
		}, nil},
	} {
		messages, err := test.messages()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for name, e := range made {
			if slices.ContainsFunc(messages, func(m storage.Document) bool { return strings.Contains(m.ID, e.ID) }) {
				got = append(got, name)
			}
		}
		if slices.Sort(got); len(messages) != len(test.want) || !slices.Equal(got, test.want) {
			t.Errorf("%s: %d messages, for %v, want %v", what, len(messages), got, test.want)
		}
	}
	if !n.log.Has("too large") {
		t.Errorf("the log does not tell of a message that is too large: %s", n.log)
	}
	payload, _ := json.Marshal(letter{ID: "msg_1", Type: "thing.made", Kuid: "acme", Body: []byte(`{}`)})
	if err := n.deliver(t.Context(), made["some"].Endpoint, newJournal(n.Webhooks, made["some"].ID), queue.Item{Payload: payload}); err != nil {
		t.Fatal(err)
	}
	if got := <-headers; got.Get("other-id") != "msg_1" || got.Get("other-signature") == "" || got.Get("other-timestamp") == "" || got.Get("webhook-id") != "" {
		t.Errorf("the headers are %v", got)
	}
	// A server that does not know the format keeps the waiting messages.
	n.Formats = nil
	if err := n.deliver(t.Context(), made["some"].Endpoint, newJournal(n.Webhooks, made["some"].ID), queue.Item{Payload: payload}); !errors.Is(err, queue.ErrWait) {
		t.Errorf("sent in an unknown format: %v", err)
	}
}

// TestEarlierEndpoints: an endpoint of a version without formats has the standard one.
func TestEarlierEndpoints(t *testing.T) {
	store := sqlitetest.Open(t)
	put := storage.Document{Version: 1, Content: []byte(`{"endpoints":[{"_id":"old","url":"https://127.0.0.1:9/","events":[],"createdAt":1}]}`), Auth: []byte(`{}`)}
	if _, err := store.Commit(t.Context(), storage.Change{In: storage.Settings, ID: document, Put: &put}); err != nil {
		t.Fatal(err)
	}
	n := open(t, store, "one")
	if all := n.List(); len(all) != 1 || all[0].Format != Standard.Name || !n.Wants(Standard.Name, events.UserCreated) || n.Wants("other", events.UserCreated) {
		t.Errorf("the endpoints are %+v", all)
	}
}

// TestNotes: the work of a note is done once its change was made, again after a
// failure, and never if the change was refused.
func TestNotes(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		n := open(t, store, "one")
		if _, err := n.Create(t.Context(), "https://127.0.0.1:9/", "", nil); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var followed []string
		done, fails := make(chan struct{}), true
		n.Follow = func(_ context.Context, key string, note []byte) error {
			mu.Lock()
			defer mu.Unlock()
			if fails {
				fails = false
				return queue.ErrWait
			}
			followed = append(followed, key+" "+string(note))
			close(done)
			return nil
		}
		noted := func(id, text string) error {
			note, err := n.Note("jdoe", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			_, err = store.Commit(t.Context(), storage.Change{In: storage.Users, ID: id, Put: &storage.Document{Version: 1}, Outbox: []storage.Document{note}})
			return err
		}
		if err := noted("jdoe", "but one"); err != nil {
			t.Fatal(err)
		}
		if err := noted("jdoe", "twice"); !errors.Is(err, storage.ErrExists) {
			t.Fatalf("created twice: %v", err)
		}
		n.run()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Error("the note is not followed")
		}
		n.stop()
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(followed, []string{"jdoe but one"}) {
			t.Errorf("followed: %q", followed)
		}
	})
}
