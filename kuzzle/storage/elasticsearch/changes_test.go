//go:build failpoints

package elasticsearch_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// heard has the notifications of a watching node.
type heard struct {
	*elasticsearch.Store
	mu   sync.Mutex
	told []storage.Subject
}

func watch(s *elasticsearch.Store, name string) *heard {
	h := &heard{Store: s}
	s.Watch(name, func(of storage.Subject) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.told = append(h.told, of)
	})
	return h
}

// forget begins anew, and answers whether it had been told of one of subjects.
func (h *heard) forget(subjects ...storage.Subject) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.told
	h.told = nil
	return slices.ContainsFunc(was, func(of storage.Subject) bool { return slices.Contains(subjects, of) })
}

func soon(t *testing.T, most time.Duration, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(began) > most {
			t.Fatalf("%s: not within %s", what, most)
		}
	}
}

var subject = storage.Subject{Of: storage.Users, ID: "u"}

// TestSlowWriter: while a writer stalls between its note and its change others
// keep nothing of the subject, however long it takes.
func TestSlowWriter(t *testing.T) {
	a, b := two(t)
	reader := watch(b, "reader")
	soon(t, 5*time.Second, "the lease", b.Current)
	d := must(t, a, user("u"))
	reader.forget()
	change := user("u")
	change.If = d.Rev
	wake := stalled(t, a, "document", change)
	soon(t, time.Second, "the note", func() bool { return reader.forget(subject) })
	if b.Keepable(subject) {
		t.Error("what is about to change may be kept")
	}
	if a.Keepable(subject) {
		t.Error("what is about to change may be kept where it is changed")
	}
	if !b.Keepable(storage.Subject{Of: storage.Users, ID: "other"}) {
		t.Error("what nobody changes may not be kept")
	}
	if err := wake(); err != nil {
		t.Fatal(err)
	}
	soon(t, time.Second, "the end", func() bool { return b.Keepable(subject) })
	if !reader.forget(subject) {
		t.Error("the subject was not forgotten again when its change was done")
	}
	if !b.Current() {
		t.Error("there is no lease")
	}
}

// TestNothingUnannounced: a change that cannot be announced is not made, and a
// change of an uncached collection needs no announcement.
func TestNothingUnannounced(t *testing.T) {
	s, l := throughLine(t)
	d := must(t, s, user("u"))
	l.Breaks(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !strings.Contains(r.URL.Path, "changes") {
			return false
		}
		estest.Reset(w)
		return true
	})
	change := user("u")
	change.If = d.Rev
	if _, err := s.Commit(t.Context(), change); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, storage.ErrUnavailable)
	}
	if now, err := s.Get(t.Context(), storage.Users, "u"); err != nil || now.Rev != d.Rev {
		t.Errorf("the user was changed: %+v, %v", now, err)
	}
	must(t, s, user("another"))
	l.Breaks(nil)
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestCameAndWent: the changes of a node that joined and left between two looks
// are forgotten by caches.
func TestCameAndWent(t *testing.T) {
	o := options()
	a := open(t, o)
	reader := watch(a, "reader")
	soon(t, 5*time.Second, "the lease", a.Current)
	d := must(t, a, user("u"))
	for range 3 {
		b, err := elasticsearch.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		reader.forget()
		change := user("u")
		change.If = d.Rev
		if d.Rev, err = b.Commit(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		soon(t, time.Second, "the change", func() bool { return reader.forget(subject, storage.Everything) })
	}
	if nodes := a.Nodes(); len(nodes) != 1 {
		t.Errorf("nodes: got %v, want the reader", nodes)
	}
}

// TestTakenForDead: a node that was cut off for long is taken out of the list,
// trusts nothing meanwhile, and joins anew before it changes anything.
func TestTakenForDead(t *testing.T) {
	l := estest.NewLine(t, node)
	o := options()
	here := open(t, o)
	o.Addresses = []string{l.URL}
	far, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	here.SetUncacheable(100 * time.Millisecond)
	reader, lost := watch(here, "here"), watch(far, "far")
	soon(t, 5*time.Second, "both", func() bool { return len(here.Nodes()) == 2 && len(far.Nodes()) == 2 })
	d := must(t, here, user("u"))

	reader.forget()
	cut := time.Now()
	l.Breaks(estest.Gone)
	soon(t, time.Second+50*time.Millisecond, "the end of the lease", func() bool { return !far.Current() })
	t.Logf("the lease ended %s after the cut", time.Since(cut).Round(time.Millisecond))
	soon(t, 10*time.Second, "the end of its journal", func() bool { return len(here.Nodes()) == 1 && reader.forget(storage.Everything) })

	l.Breaks(nil)
	lost.forget()
	change := user("u")
	change.If = d.Rev
	if _, err := far.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	soon(t, time.Second, "its change", func() bool { return reader.forget(subject, storage.Everything) })
	soon(t, 5*time.Second, "its return", func() bool { return far.Current() && len(here.Nodes()) == 2 })
	if !lost.forget(storage.Everything) {
		t.Error("who was away did not forget what it kept")
	}
}

// TestStaleCopy: answers of a copy that lacks this node's last write give no
// lease.
func TestStaleCopy(t *testing.T) {
	s, l := throughLine(t)
	watch(s, "reader")
	soon(t, 5*time.Second, "the lease", s.Current)
	var mu sync.Mutex
	var before []byte
	l.Breaks(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil || !strings.HasSuffix(r.URL.Path, "/_mget") || !bytes.Contains(body, []byte("-changes")) {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if before == nil {
			answer := httptest.NewRecorder()
			r.Header.Del("Accept-Encoding")
			forward.ServeHTTP(answer, r)
			before = answer.Body.Bytes()
		}
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(before)
		return true
	})
	soon(t, 3*time.Second, "the end of the lease", func() bool { return !s.Current() })
	l.Breaks(nil)
	soon(t, 5*time.Second, "the lease", s.Current)
}
