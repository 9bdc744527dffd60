package elasticsearch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// few refuses requests for more than two records of users, like Elasticsearch with too
// little memory.
func few(refused *atomic.Int32) estest.Wrong {
	refuse := estest.Refuse(http.StatusTooManyRequests, "circuit_breaking_exception", "[parent] Data too large", "/")
	return func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		var body struct {
			Size   int
			Source any `json:"_source"`
			Docs   []json.RawMessage
		}
		_ = json.Unmarshal(text, &body)
		searched := strings.HasSuffix(r.URL.Path, "/_search") && body.Source != false && body.Size > 2
		read := strings.HasSuffix(r.URL.Path, "/_mget") && len(body.Docs) > 2 && bytes.Contains(text, []byte("users"))
		if !searched && !read {
			return false
		}
		refused.Add(1)
		return refuse(w, r, forward)
	}
}

// TestShortOfMemory: every read of several documents requests smaller parts if
// Elasticsearch has too little memory for all at once.
func TestShortOfMemory(t *testing.T) {
	s, l := throughLine(t)
	s.SetGatherPatience(time.Minute)
	var ids []string
	for i := range 12 {
		ids = append(ids, fmt.Sprintf("u%02d", i))
		if _, err := s.Commit(t.Context(), named(ids[i])); err != nil {
			t.Fatal(err)
		}
	}
	var refused atomic.Int32
	l.Breaks(few(&refused))
	check := func(what string, got []string, err error) {
		t.Helper()
		if err != nil || !slices.Equal(got, ids) {
			t.Errorf("%s: got %q, %v", what, got, err)
		}
		if refused.Swap(0) == 0 {
			t.Errorf("%s: nothing was refused", what)
		}
	}
	page, err := s.Search(t.Context(), storage.Users, query.Search{Size: 12})
	check("search", hitIDs(page), err)
	if page.Total != 12 || page.Partial {
		t.Errorf("search: a total of %d, partial %t", page.Total, page.Partial)
	}
	kept, err := s.Walk(t.Context(), storage.Users, "", 100)
	for i := 1; err == nil && len(kept) > 0 && len(kept) < len(ids) && i < len(ids); i++ {
		var more []storage.Kept
		more, err = s.Walk(t.Context(), storage.Users, kept[len(kept)-1].ID, 100)
		kept = append(kept, more...)
	}
	var walked []string
	for _, k := range kept {
		walked = append(walked, k.ID)
	}
	refused.Add(1) // or fewer are asked for, since the search was refused
	check("walk", walked, err)
	docs, err := storage.All(t.Context(), s, storage.Users, ids)
	var read []string
	for _, d := range docs {
		read = append(read, d.ID)
	}
	check("read", read, err)

	// Reads that share a request are read apart.
	opened := make(chan struct{})
	open := sync.OnceFunc(func() { close(opened) })
	defer open()
	var held atomic.Int32
	l.Breaks(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		if bytes.Contains(text, []byte(`"_id":"held`)) {
			held.Add(1)
			<-opened
		}
		return few(&refused)(w, r, forward)
	})
	var running sync.WaitGroup
	for i := range elasticsearch.LookupsAtOnce {
		running.Go(func() { _, _ = s.Get(context.WithoutCancel(t.Context()), storage.Users, fmt.Sprint("held", i)) })
	}
	await(t, "reads under way", func() bool { return held.Load() == elasticsearch.LookupsAtOnce })
	for _, id := range ids {
		running.Go(func() {
			if d, err := s.Get(context.WithoutCancel(t.Context()), storage.Users, id); err != nil || d.ID != id {
				t.Errorf("shared read of %s: got %q, %v", id, d.ID, err)
			}
		})
	}
	await(t, "reads that wait", func() bool { return s.Gathering() == len(ids) })
	open()
	running.Wait()
	if refused.Load() == 0 {
		t.Error("no shared read was refused")
	}
}

func hitIDs(page storage.Page) (ids []string) {
	for _, hit := range page.Hits {
		ids = append(ids, hit.ID)
	}
	return ids
}

// onTheWay returns how much of an answer may lie between the two ends of a connection: in
// the buffers of the system for both ends, and in those of the programs.
func onTheWay(t *testing.T) int64 {
	t.Helper()
	most := int64(8 << 20)
	for _, buffer := range []string{"tcp_rmem", "tcp_wmem"} {
		text, err := os.ReadFile("/proc/sys/net/ipv4/" + buffer)
		if err != nil {
			continue // not Linux, whose buffers are the largest
		}
		sizes := strings.Fields(string(text))
		largest, err := strconv.ParseInt(sizes[len(sizes)-1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		most += largest
	}
	return most
}

// TestAnswersAreBounded: of an answer that never ends a bounded part is read, and
// the store goes on.
func TestAnswersAreBounded(t *testing.T) {
	const most = 64 << 20
	slack := onTheWay(t)
	s, l := throughLine(t)
	if _, err := s.Commit(t.Context(), named("u")); err != nil {
		t.Fatal(err)
	}
	var longest atomic.Int64
	l.Breaks(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !strings.HasSuffix(r.URL.Path, "/_search") && !strings.HasSuffix(r.URL.Path, "/_mget") {
			return false
		}
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"hits":"`)
		chunk, sent := bytes.Repeat([]byte("x"), 1<<20), int64(0)
		for sent < 2*(most+slack) {
			n, err := w.Write(chunk)
			if sent += int64(n); err != nil {
				break
			}
		}
		for was := longest.Load(); sent > was && !longest.CompareAndSwap(was, sent); was = longest.Load() {
		}
		return true
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for what, do := range map[string]func() error{
		"search": func() error { _, err := s.Search(ctx, storage.Users, query.Search{Size: 10}); return err },
		"get":    func() error { _, err := s.Get(ctx, storage.Users, "u"); return err },
		"walk":   func() error { _, err := s.Walk(ctx, storage.Users, "", 10); return err },
	} {
		if err := do(); !errors.Is(err, storage.ErrUnavailable) && !errors.Is(err, storage.ErrTimeout) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	l.Breaks(nil)
	if d, err := s.Get(ctx, storage.Users, "u"); err != nil || d.ID != "u" {
		t.Errorf("afterwards: %v", err)
	}
	if got := longest.Load(); got < most/2 || got > most+slack {
		t.Errorf("of an answer %d MiB were taken, want about %d", got>>20, most>>20)
	}
}
