package elastic_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/elastic"
)

// node answers with one status after another, and with the last one from then on.
type node struct {
	URL string

	mu       sync.Mutex
	statuses []int
	got      []string
}

func newNode(t *testing.T, statuses ...int) *node {
	n := &node{statuses: statuses}
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	n.URL = server.URL
	return n
}

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name, _, _ := r.BasicAuth()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.got = append(n.got, name+" "+r.Method+" "+r.URL.Path+" "+string(body))
	w.WriteHeader(n.statuses[0])
	_, _ = io.WriteString(w, `{"count":7}`)
	if len(n.statuses) > 1 {
		n.statuses = n.statuses[1:]
	}
}

func connect(t *testing.T, addresses ...string) *elastic.Client {
	t.Helper()
	client, err := elastic.Options{Addresses: addresses, Username: "reader", Password: "s3cret"}.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// TestAnotherNodeIsAsked: a request goes with its body to the next address if a node is
// busy or cannot be reached; the one that answered gets the next requests.
func TestAnotherNodeIsAsked(t *testing.T) {
	t.Parallel() // it waits more than it does
	busy, good := newNode(t, http.StatusServiceUnavailable), newNode(t, http.StatusOK)
	client := connect(t, "http://127.0.0.1:1", strings.Replace(busy.URL, "//", "//ada:s3cret@", 1), good.URL+"/elastic/")
	for range 2 {
		var answer struct{ Count int }
		if err := client.Do(t.Context(), http.MethodPost, "/_search", map[string]int{"size": 1}, &answer); err != nil || answer.Count != 7 {
			t.Fatalf("got %+v, %v", answer, err)
		}
	}
	if want := []string{`ada POST /_search {"size":1}`}; !slices.Equal(busy.got, want) {
		t.Errorf("the busy node got %q, want %q", busy.got, want)
	}
	if want := slices.Repeat([]string{`reader POST /elastic/_search {"size":1}`}, 2); !slices.Equal(good.got, want) {
		t.Errorf("the other node got %q, want %q", good.got, want)
	}
}

// TestAttempts: a single node is asked again while it is busy, at most three times, and
// after no other status.
func TestAttempts(t *testing.T) {
	t.Parallel() // it waits more than it does
	for _, c := range []struct {
		statuses []int
		requests int
		want     string
	}{
		{[]int{502, 503, 504, 200}, 4, ""},
		{[]int{503}, 4, "status 503"},
		{[]int{429}, 1, "status 429"},
		{[]int{500}, 1, "status 500"},
		{[]int{401}, 1, "refuses the credentials"},
	} {
		n := newNode(t, c.statuses...)
		_, err := connect(t, n.URL).Count(t.Context(), "i")
		if len(n.got) != c.requests {
			t.Errorf("%v: got %d requests, want %d", c.statuses, len(n.got), c.requests)
		}
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !errors.Is(err, elastic.ErrUnreadable)) {
			t.Errorf("%v: got the error %v, want %q", c.statuses, err, c.want)
		}
	}
}

// TestNobodyAnswers: the error does not repeat the password.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel() // it waits more than it does
	_, err := connect(t, "http://ada:s3cret@127.0.0.1:1", "http://127.0.0.1:1").Count(t.Context(), "i")
	if !errors.Is(err, elastic.ErrUnreadable) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
	if _, err := (elastic.Options{}).Connect(); !errors.Is(err, elastic.ErrUnreadable) {
		t.Errorf("without an address: got %v", err)
	}
}
