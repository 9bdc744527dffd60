package elasticsearch_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// wantRefusal fails unless a change is refused with a time to come back, after a
// bounded time, and for the reason given.
func wantRefusal(t *testing.T, s *elasticsearch.Store, change storage.Change, reason string) {
	t.Helper()
	begin := time.Now()
	_, err := s.Commit(t.Context(), change)
	f, is := fault.From(err)
	if !is || !errors.Is(err, storage.ErrUnavailable) || f.RetryAfter <= 0 || !strings.Contains(err.Error(), reason) {
		t.Errorf("commit: got %v, want %v with a time because of %q", err, storage.ErrUnavailable, reason)
	}
	if took := time.Since(begin); took > recoverWithin {
		t.Errorf("refused after %v, want at most %v", took, recoverWithin)
	}
}

// TestRefusing: a cluster that goes on refusing is asked a few times, and
// changes are then refused; nothing was done and nothing is left in the way.
func TestRefusing(t *testing.T) {
	s, l := throughLine(t)
	for _, c := range []struct {
		what string
		deal func(http.ResponseWriter, *http.Request, http.Handler) bool
	}{
		{"es_rejected_execution_exception", estest.Refuse(429, "es_rejected_execution_exception", "rejected execution of primary operation", "_bulk")},
		{"no master", estest.Refuse(503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no master];", "/")},
		{"withdrawn credentials", estest.Refuse(401, "security_exception", "api key has been invalidated", "/")},
		{"withdrawn privileges", estest.Refuse(403, "security_exception", "action [indices:data/write/bulk] is unauthorized", "_bulk")},
	} {
		t.Run(c.what, func(t *testing.T) {
			var asked atomic.Int32
			l.Breaks(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
				refused := c.deal(w, r, forward)
				if refused && strings.HasSuffix(r.URL.Path, "/_bulk") && strings.Contains(r.URL.Path, "claims.") {
					asked.Add(1)
				}
				return refused
			})
			wantRefusal(t, s, named("u", "name of "+c.what), "")
			if n := asked.Load(); n < 1 || n > 12 {
				t.Errorf("asked %d times, want a few", n)
			}
			if err := s.Health(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
				t.Errorf("health: got %v, want %v", err, storage.ErrUnavailable)
			}
			l.Breaks(nil)
			if err := s.Health(t.Context()); err != nil {
				t.Errorf("health afterwards: %v", err)
			}
			if _, err := s.Get(t.Context(), storage.Users, "u"); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("what was refused: got %v, want %v", err, storage.ErrNotFound)
			}
			if _, err := s.Commit(t.Context(), named("another "+c.what, "name of "+c.what)); err != nil {
				t.Errorf("the name afterwards: %v", err)
			}
		})
	}
}

// TestSomeRefused: the refused writes of one _bulk are sent again; the accepted ones
// are no failures, even those that were accepted without an answer.
func TestSomeRefused(t *testing.T) {
	s, l := throughLine(t)
	for what, item := range map[string]string{
		"busy":                 `"status":429,"error":{"type":"es_rejected_execution_exception","reason":"busy"}`,
		"no shard":             `"status":503,"error":{"type":"unavailable_shards_exception","reason":"primary shard is not active"}`,
		"a node that went":     `"status":500,"error":{"type":"node_disconnected_exception","reason":"disconnected"}`,
		"fields not taken up":  `"status":500,"error":{"type":"mapper_exception","reason":"timed out while waiting for a dynamic mapping update"}`,
		"a shard that starts":  `"status":500,"error":{"type":"illegal_index_shard_state_exception","reason":"recovering"}`,
		"a shard that is gone": `"status":500,"error":{"type":"alreadyclosed_exception","reason":"closed"}`,
	} {
		t.Run(what, func(t *testing.T) {
			var refusals atomic.Int32
			l.Breaks(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
				if !strings.HasSuffix(r.URL.Path, "/_bulk") || !strings.Contains(r.URL.Path, "users.") || refusals.Add(1) > 2 {
					return false
				}
				answer := httptest.NewRecorder()
				forward.ServeHTTP(answer, r)
				// It did the write, and says that it did not.
				text := strings.Replace(answer.Body.String(), `"status":201`, item, 1)
				w.Header().Set("X-Elastic-Product", "Elasticsearch")
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(text))
				return true
			})
			if _, err := s.Commit(t.Context(), named("u "+what, "name "+what)); err != nil {
				t.Error(err)
			}
			if refusals.Load() < 2 {
				t.Error("nothing was sent again")
			}
			if claim, err := s.Owner(t.Context(), "name "+what); err != nil || claim.Owner != "u "+what {
				t.Errorf("owner: got %+v, %v", claim, err)
			}
		})
	}
}

// TestReadOnly: on a full disk the cluster takes no writes. That is told, reads
// go on, and with room all is well again.
func TestReadOnly(t *testing.T) {
	o := options()
	s := open(t, o)
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	for _, block := range []string{"read_only_allow_delete", "read_only"} {
		t.Run(block, func(t *testing.T) {
			set := func(to string) {
				node.Ask(t, http.MethodPut, "/"+o.Prefix+"*/_settings", `{"index.blocks.`+block+`":`+to+`}`)
			}
			set("true")
			wantRefusal(t, s, named("v "+block, "name of "+block), "blocked")
			if err := s.Health(t.Context()); !errors.Is(err, storage.ErrUnavailable) || !strings.Contains(err.Error(), "writes are blocked") {
				t.Errorf("health: got %v", err)
			}
			if _, err := s.Get(t.Context(), storage.Users, "u"); err != nil {
				t.Errorf("get: %v", err)
			}
			if page, err := s.Search(t.Context(), storage.Users, query.Search{}); err != nil || page.Total != 1 {
				t.Errorf("search: %d, %v", page.Total, err)
			}
			set("null")
			if err := s.Health(t.Context()); err != nil {
				t.Errorf("health with room: %v", err)
			}
			change := named("v "+block, "name of "+block)
			change.Visible = false
			if _, err := s.Commit(t.Context(), change); err != nil {
				t.Errorf("with room: %v", err)
			}
			if d, err := s.Get(t.Context(), storage.Users, change.ID); err != nil {
				t.Errorf("with room: %v", err)
			} else if _, err := s.Commit(t.Context(), storage.Change{In: storage.Users, ID: d.ID, If: d.Rev, Visible: true}); err != nil {
				t.Errorf("with room: %v", err)
			}
		})
	}
}

// TestClosedIndex: an index that does not serve makes the server not ready, and its
// documents are unavailable rather than a bad request; when it serves again
// everything works as before.
func TestClosedIndex(t *testing.T) {
	o := options()
	s := open(t, o)
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	other := prefixes.Own() + "of-somebody-else"
	node.Ask(t, http.MethodPut, "/"+other, `{"settings":{"number_of_replicas":0}}`)
	node.Ask(t, http.MethodPost, "/"+other+"/_close", "")
	if err := s.Health(t.Context()); err != nil {
		t.Errorf("beside a closed index of somebody else: %v", err)
	}
	node.Ask(t, http.MethodPost, "/"+other+"/_open", "") // or it is not removed
	users := o.Prefix + string(storage.Users)
	node.Ask(t, http.MethodPost, "/"+users+"/_close", "")
	wantUnavailableUsers(t, s)
	node.Ask(t, http.MethodPost, "/"+users+"/_open", "")
	wantServed(t, s)
}

func wantUnavailableUsers(t *testing.T, s *elasticsearch.Store) {
	t.Helper()
	_, reading := s.Get(t.Context(), storage.Users, "u")
	_, searching := s.Search(t.Context(), storage.Users, query.Search{})
	_, writing := s.Commit(t.Context(), named("someone else"))
	for what, err := range map[string]error{"get": reading, "search": searching, "commit": writing, "health": s.Health(t.Context())} {
		if !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("%s: got %v, want %v", what, err, storage.ErrUnavailable)
		}
	}
}

func wantServed(t *testing.T, s *elasticsearch.Store) {
	t.Helper()
	await(t, "the index serves again", func() bool { return s.Health(t.Context()) == nil })
	if d, err := s.Get(t.Context(), storage.Users, "u"); err != nil || d.ID != "u" {
		t.Errorf("get: %+v, %v", d, err)
	}
	if _, err := s.Commit(t.Context(), named("after "+t.Name())); err != nil {
		t.Errorf("commit: %v", err)
	}
}

// calls are one of each kind of call that a node has to answer.
func calls(t *testing.T, s *elasticsearch.Store) map[string]func() error {
	var created atomic.Int64
	return map[string]func() error{
		"get":    func() error { _, err := s.Get(t.Context(), storage.Users, "u"); return err },
		"search": func() error { _, err := s.Search(t.Context(), storage.Users, query.Search{}); return err },
		"commit": func() error {
			id := fmt.Sprint("v", created.Add(1))
			_, err := s.Commit(t.Context(), named(id, "name of "+id))
			return err
		},
		"health": func() error { return s.Health(t.Context()) },
	}
}

// TestSilentNode: one of two nodes accepts connections and never answers. Its
// requests go to the other node after a moment, and later ones at once. When it
// returns it is used again.
func TestSilentNode(t *testing.T) {
	t.Parallel() // it waits more than it does
	l := estest.NewLine(t, node)
	o := options()
	o.Addresses = append([]string{l.URL}, node.Addresses...)
	s := open(t, o)
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	silent := make(chan struct{})
	var passed atomic.Int64
	l.Breaks(func(w http.ResponseWriter, r *http.Request, to http.Handler) bool {
		select {
		case <-silent:
			passed.Add(1)
			return false
		default:
		}
		select {
		case <-silent:
		case <-r.Context().Done():
		}
		estest.Reset(w)
		return true
	})
	begin := time.Now()
	slow, all := 0, calls(t, s)
	for range 10 {
		for what, call := range all {
			from := time.Now()
			if err := call(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if time.Since(from) > time.Second {
				slow++
			}
		}
	}
	if took := time.Since(begin); took > recoverWithin || slow > 4 {
		t.Errorf("40 calls took %v, %d of them were slow", took, slow)
	}
	close(silent)
	await(t, "the node is used again", func() bool {
		_, err := s.Get(t.Context(), storage.Users, "u")
		return err == nil && passed.Load() > 20
	})
}

// TestHealthAsksAgain: a single read that fails is no reason to be unwell, whichever
// it is.
func TestHealthAsksAgain(t *testing.T) {
	t.Parallel()
	s, l := throughLine(t)
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	const none = -1
	var reads, broken atomic.Int64
	broken.Store(none)
	l.Breaks(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodGet || reads.Add(1)-1 != broken.Load() {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable) // the HTTP client itself repeats requests that are cut off
		return true
	})
	if err := s.Health(t.Context()); err != nil || reads.Load() < 2 {
		t.Fatalf("%d reads, %v", reads.Load(), err)
	}
	for n := range reads.Load() {
		reads.Store(0)
		broken.Store(n)
		if err := s.Health(t.Context()); err != nil {
			t.Errorf("with read %d lost: %v", n, err)
		}
	}
}

// TestDeadNode: one of two addresses refuses connections. Callers do not notice,
// however long it is dead: it is checked in the background.
func TestDeadNode(t *testing.T) {
	t.Parallel() // it waits more than it does
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + dead.Addr().String()
	_ = dead.Close()
	o := options()
	o.Addresses = append([]string{address}, node.Addresses...)
	s := open(t, o)
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	all := calls(t, s)
	for begin := time.Now(); time.Since(begin) < 4*time.Second; time.Sleep(10 * time.Millisecond) {
		for what, call := range all {
			if err := call(); err != nil {
				t.Fatalf("%s after %v: %v", what, time.Since(begin), err)
			}
		}
	}
}

// TestCutOff: where packets to the cluster are lost nobody says that it is gone.
// The first to wait find out; then everybody is told soon, until it answers
// again, be it slowly.
func TestCutOff(t *testing.T) {
	t.Parallel() // it waits more than it does
	s, l := throughLine(t)
	s.Watch("server", func(storage.Subject) {})
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	await(t, "the lease", s.Current)
	heard := make(chan struct{})
	l.Breaks(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		select {
		case <-heard:
		case <-r.Context().Done():
		}
		estest.Reset(w)
		return true
	})
	cut := time.Now()
	all := calls(t, s)
	var asking sync.WaitGroup
	for what, call := range all {
		asking.Go(func() { wantSoon(t, what, func() { wantComeBack(t, what, call()) }) })
	}
	asking.Wait()
	if s.Current() {
		t.Errorf("what is kept may be used %v after the cut", time.Since(cut))
	}
	// One request at a time still waits in full: that of the lease, or one of these.
	soon := 0
	for range 4 {
		begin := time.Now()
		if _, err := s.Get(t.Context(), storage.Users, "u"); !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("get: %v", err)
		}
		if time.Since(begin) < 2*time.Second {
			soon++
		}
	}
	if soon < 3 {
		t.Errorf("of 4 reads %d were refused soon, want nearly all", soon)
	}
	l.Breaks(func(http.ResponseWriter, *http.Request, http.Handler) bool {
		timer := time.NewTimer(1500 * time.Millisecond)
		defer timer.Stop()
		<-timer.C
		return false
	})
	close(heard)
	await(t, "a cluster that is slow is heard", func() bool { return all["get"]() == nil })
	l.Breaks(nil)
	await(t, "the lease", s.Current)
	if err := s.Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
}

// TestSlow: the store waits for a slow cluster as long as a change may take; a
// slower change is given up, and its late effects do no harm.
func TestSlow(t *testing.T) {
	t.Parallel() // it waits more than it does
	l := estest.NewLine(t, node)
	o := options()
	o.Addresses, o.WriteDeadline = []string{l.URL}, 2*time.Second
	s := open(t, o)
	slow := func(by time.Duration, path string) func(http.ResponseWriter, *http.Request, http.Handler) bool {
		return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if strings.Contains(r.URL.Path, path) {
				timer := time.NewTimer(by)
				defer timer.Stop()
				<-timer.C
			}
			return false
		}
	}
	l.Breaks(slow(200*time.Millisecond, "/"))
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Errorf("slow: %v", err)
	}
	l.Breaks(slow(4*time.Second, "users."))
	wantRefusal(t, s, named("v", "another name"), "")
	l.Breaks(nil)
	await(t, "the name is free or its user's", func() bool {
		_, err := s.Commit(t.Context(), named("v", "another name"))
		return err == nil || errors.Is(err, storage.ErrExists)
	})
	if claim, err := s.Owner(t.Context(), "another name"); err != nil || claim.Owner != "v" {
		t.Errorf("owner: got %+v, %v", claim, err)
	}
}
