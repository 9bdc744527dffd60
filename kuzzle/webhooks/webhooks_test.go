package webhooks

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
)

var prefixes = estest.NewPrefixes("webhooks")

// TestSign has the test vector of Standard Webhooks' own libraries.
func TestSign(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || shown(key) != secret {
		t.Fatalf("read %x, %v", key, err)
	}
	header := http.Header{}
	Standard.sign(header, key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	for name, want := range map[string]string{
		"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
		"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// receiver records the accepted messages: the ids in order, and the texts, once
// each.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	ids      []string
	versions map[string][]float64 // by user, a repetition left out
	refuse   bool
	changed  chan struct{}
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{versions: map[string][]float64{}, changed: make(chan struct{}, 1)}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	var got struct{ Data map[string]any }
	text, _ := io.ReadAll(req.Body)
	_ = json.Unmarshal(text, &got)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if id := req.Header.Get(Standard.Headers + headerID); !slices.Contains(r.ids, id) {
		kuid := got.Data["kuid"].(string)
		r.versions[kuid] = append(r.versions[kuid], got.Data["version"].(float64))
		r.ids = append(r.ids, id)
	}
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *receiver) refusing(is bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = is
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ids)
}

// await waits until so many messages came, and wants each user's in order.
func (r *receiver) await(t *testing.T, want int) {
	t.Helper()
	late := time.After(time.Minute)
	for r.count() < want {
		select {
		case <-r.changed:
		case <-late:
			t.Fatalf("%d messages came, want %d: %v", r.count(), want, r.versions)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for kuid, versions := range r.versions {
		for i, version := range versions {
			if version != float64(i+1) {
				t.Errorf("%s is told of the versions %v, want all in order", kuid, versions)
				break
			}
		}
	}
}

// node is one process.
type node struct {
	*Webhooks
	log  *logtest.Log
	stop func()
}

func open(t *testing.T, store storage.Store, name string) *node {
	t.Helper()
	sealer := tokentest.Sealer(t)
	log := &logtest.Log{}
	n := &node{log: log, Webhooks: New(Options{
		Store: store, Sealer: sealer, Client: &http.Client{Timeout: 5 * time.Second}, Private: true, TryFor: time.Hour, MaxWaiting: 1000, Node: name,
		Now: time.Now, Log: slog.New(slog.NewTextHandler(log, nil)),
	})}
	if err := n.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n
}

// run has the node deliver until stop.
func (n *node) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n.Run(ctx)
	}()
	n.stop = func() { cancel(); <-ended; n.Client.CloseIdleConnections() }
}

// change writes a user's next version with its message.
func (n *node) change(ctx context.Context, kuid string, version int64) error {
	messages, err := n.Messages([]events.Event{{
		Name: events.UserUpdated, Subject: events.Subject{Kind: events.User, ID: kuid}, Data: events.Data{events.Version: version},
	}})
	if err != nil {
		return err
	}
	change := storage.Change{In: storage.Users, ID: kuid, Put: &storage.Document{Version: version}, Outbox: messages}
	if version > 1 {
		was, err := n.Store.Get(ctx, storage.Users, kuid)
		if err != nil {
			return err
		}
		change.If = was.Rev
	}
	if _, err = n.Store.Commit(ctx, change); err == nil {
		n.Written()
	}
	return err
}

// TestNothingWithoutEndpoints: nothing is written for nobody, nor for an endpoint
// that does not want the event.
func TestNothingWithoutEndpoints(t *testing.T) {
	store := sqlitetest.Open(t)
	n := open(t, store, "one")
	caused := []events.Event{{Name: events.UserUpdated, Subject: events.Subject{Kind: events.User, ID: "jdoe"}}}
	if got := testing.AllocsPerRun(100, func() {
		if messages, err := n.Messages(caused); messages != nil || err != nil {
			t.Errorf("messages for nobody: %v, %v", messages, err)
		}
	}); got != 0 {
		t.Errorf("%v allocations without an endpoint, want none", got)
	}
	if _, err := n.Create(t.Context(), "https://127.0.0.1:9/", "", []string{events.UserDeleted}); err != nil {
		t.Fatal(err)
	}
	if messages, err := n.Messages(caused); len(messages) != 0 || err != nil {
		t.Errorf("messages that nobody wants: %v, %v", messages, err)
	}
	caused[0].Name = events.UserDeleted
	if messages, err := n.Messages(caused); len(messages) != 1 || err != nil {
		t.Errorf("messages that one wants: %v, %v", messages, err)
	}
	n.full.Store(true)
	if messages, err := n.Messages(caused); len(messages) != 0 || err != nil || !n.log.Has("not sent") {
		t.Errorf("messages beyond the bound: %v, %v; the log says %s", messages, err, n.log)
	}
	for range MaxEndpoints - 1 {
		if _, err := n.Create(t.Context(), "https://127.0.0.1:9/", "", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Create(t.Context(), "https://127.0.0.1:9/", "", nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("one endpoint too many: %v", err)
	}
}

// TestBound: messages that an endpoint does not accept fill the outbox up to its
// bound and no further.
func TestBound(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		r := newReceiver(t)
		r.refusing(true)
		n := open(t, store, "one")
		n.MaxWaiting = 4
		if _, err := n.Create(t.Context(), r.URL, "", nil); err != nil {
			t.Fatal(err)
		}
		n.run()
		defer n.stop()
		if n.look(t.Context()); n.full.Load() {
			t.Error("an outbox without messages is full")
		}
		for version := range int64(n.MaxWaiting) {
			if err := n.change(t.Context(), "jdoe", version+1); err != nil {
				t.Fatal(err)
			}
		}
		// The latest writes may be counted a moment later.
		for late := time.Now().Add(time.Minute); !n.full.Load(); time.Sleep(20 * time.Millisecond) {
			if n.look(t.Context()); time.Now().After(late) {
				t.Fatalf("%d messages do not fill an outbox for %d", n.MaxWaiting, n.MaxWaiting)
			}
		}
		if err := n.change(t.Context(), "jdoe", int64(n.MaxWaiting)+1); err != nil || !n.log.Has("not sent") {
			t.Errorf("a message beyond the bound: %v; the log does not tell", err)
		}
	})
}

// TestShare: once half of the bound waits, of one user no more than a share does,
// dead letters included, and others are told meanwhile.
func TestShare(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		n := open(t, store, "one")
		n.MaxWaiting = 2 * leastShare
		made, err := n.Create(t.Context(), "https://127.0.0.1:9/", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := json.Marshal(letter{ID: "msg_1", Type: events.UserUpdated, Kuid: "flood"})
		if err != nil {
			t.Fatal(err)
		}
		item := queue.Item{Key: "flood", Payload: payload, For: time.Hour}
		for range n.share() - 2 {
			if err := n.queue(made.ID).Put(t.Context(), item); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.bury(t.Context(), made.ID, item, "gone"); err != nil {
			t.Fatal(err)
		}
		told := func(kuid string) int {
			t.Helper()
			messages, err := n.Messages([]events.Event{{Name: events.UserUpdated, Subject: events.Subject{Kind: events.User, ID: kuid}}})
			if err != nil {
				t.Fatal(err)
			}
			return len(messages)
		}
		item.Key = "jdoe"
		if err := n.queue(made.ID).Put(t.Context(), item); err != nil {
			t.Fatal(err)
		}
		if n.look(t.Context()); told("flood") != 1 {
			t.Errorf("a user who has one less than the share is not told of: %s", n.log)
		}
		item.Key = "flood"
		if err := n.queue(made.ID).Put(t.Context(), item); err != nil {
			t.Fatal(err)
		}
		// The latest writes may be counted a moment later.
		for late := time.Now().Add(time.Minute); told("flood") != 0; time.Sleep(20 * time.Millisecond) {
			if n.look(t.Context()); time.Now().After(late) {
				t.Fatal("a user who has the share is told of")
			}
		}
		if !n.log.Has("too many messages of one user") || told("jdoe") != 1 || n.full.Load() {
			t.Errorf("others are not told of, or the log does not tell: %s", n.log)
		}
	})
}

// TestStandings counts the waiting messages and the dead letters of each endpoint.
func TestStandings(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		n := open(t, store, "one")
		var made []Created
		for range 3 {
			one, err := n.Create(t.Context(), "https://127.0.0.1:9/", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, one)
		}
		payload, err := json.Marshal(letter{ID: "msg_1", Type: events.UserUpdated, Kuid: "jdoe"})
		if err != nil {
			t.Fatal(err)
		}
		before := n.Now()
		item := queue.Item{Key: "jdoe", Payload: payload, For: n.TryFor}
		for i := range 5 {
			if err := n.queue(made[i%2].ID).Put(t.Context(), item); err != nil {
				t.Fatal(err)
			}
		}
		for _, reason := range []string{"it was away", "it is gone"} {
			if err := n.bury(t.Context(), made[1].ID, item, reason); err != nil {
				t.Fatal(err)
			}
		}
		n.TryFor /= 10 // which does not affect waiting messages
		all, err := n.Standings(t.Context())
		if err != nil || len(all) != 3 {
			t.Fatalf("got %+v, %v", all, err)
		}
		for i, want := range []Standing{{Waiting: 3}, {Waiting: 2, Dead: 2, Reason: "it is gone"}, {}} {
			got := all[i]
			if got.ID != made[i].ID || got.Waiting != want.Waiting || got.Dead != want.Dead || got.Reason != want.Reason {
				t.Errorf("endpoint %d: got %+v, want %+v", i, got, want)
			}
			if age := got.Since.Sub(before); want.Waiting > 0 && (age < -time.Second || age > time.Minute) || want.Waiting == 0 && !got.Since.IsZero() {
				t.Errorf("endpoint %d: waits since %s, written after %s", i, got.Since, before)
			}
		}
	})
}

// uncounted is a store that cannot count.
type uncounted struct{ storage.Store }

func (uncounted) Info(context.Context) storage.Info { return storage.Info{} }

// TestUncounted: while messages cannot be counted the bound stays as it was, and the
// log says so.
func TestUncounted(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		n := open(t, uncounted{store}, "one")
		n.full.Store(true)
		if n.look(t.Context()); !n.full.Load() || !n.log.Has("cannot be counted") {
			t.Errorf("full is %v, the log says %s", n.full.Load(), n.log)
		}
	})
}

// TestTwoNodes: changes by two nodes arrive in order, by one of them at a time, also
// while the endpoint is down, and when the node that delivers leaves.
func TestTwoNodes(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		r := newReceiver(t)
		one := open(t, store, "one")
		made, err := one.Create(t.Context(), r.URL, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		two := open(t, store, "two")
		one.run()
		if _, shared := store.(storage.Shared); shared {
			two.run()
			defer func() { two.stop() }()
		}
		left := false
		defer func() {
			if !left {
				one.stop()
			}
		}()
		const users, versions = 3, 8
		for version := int64(1); version <= versions; version++ {
			r.refusing(version == 3 || version == 4)
			for user := range users {
				by := []*node{one, two}[(int(version)+user)%2]
				if err := by.change(t.Context(), fmt.Sprint("user", user), version); err != nil {
					t.Fatal(err)
				}
			}
			if version == 6 {
				one.stop()
				if left = true; two.stop == nil { // the next process on that folder
					two.run()
					defer func() { two.stop() }()
				}
			}
		}
		r.await(t, users*versions)
		for _, n := range []*node{one, two} {
			if text := n.log.String(); strings.Contains(text, "whsec_") || strings.Contains(text, strings.TrimPrefix(made.Secret, secretPrefix)) {
				t.Errorf("the log tells the secret: %s", text)
			}
		}
	})
}

// mortal is a process's way to the store. It dies at one of its commits, before it
// is done or after it, and from then on reaches nothing.
type mortal struct {
	storage.Store
	mu    sync.Mutex
	left  int
	after bool
	died  chan struct{}
}

var errDead = errors.New("the process is dead")

func (m *mortal) dead() bool {
	select {
	case <-m.died:
		return true
	default:
		return false
	}
}

func (m *mortal) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead() {
		return storage.Rev{}, errDead
	}
	if m.left--; m.left >= 0 {
		return m.Store.Commit(ctx, change)
	}
	if m.after {
		_, _ = m.Store.Commit(context.WithoutCancel(ctx), change)
	}
	close(m.died)
	return storage.Rev{}, errDead
}

func (m *mortal) Carry(ctx context.Context, limit int) (int, error) {
	if m.dead() {
		return 0, errDead
	}
	if carrier, is := m.Store.(storage.Carrier); is {
		return carrier.Carry(ctx, limit)
	}
	return 0, nil
}

// TestDeathAtEveryCommit: a process dies at any commit of a delivery, and the next
// one delivers all committed messages, in order.
func TestDeathAtEveryCommit(t *testing.T) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		r := newReceiver(t)
		writer := open(t, store, "writer")
		if _, err := writer.Create(t.Context(), r.URL, "", nil); err != nil {
			t.Fatal(err)
		}
		version, total := int64(0), 0
		for commit := range 4 {
			for _, after := range []bool{false, true} {
				for range 2 {
					version++
					for _, kuid := range []string{"a", "b"} {
						if err := writer.change(t.Context(), kuid, version); err != nil {
							t.Fatal(err)
						}
						total++
					}
				}
				m := &mortal{Store: store, left: commit, after: after, died: make(chan struct{})}
				victim := open(t, m, "victim")
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					victim.serve(ctx)
				}()
				select {
				case <-m.died:
				case <-time.After(time.Minute):
					t.Fatalf("not dead at commit %d", commit)
				}
				cancel()
				<-ended
			}
		}
		last := open(t, store, "last")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			last.serve(ctx)
		}()
		r.await(t, total)
		cancel()
		<-ended
	})
}
