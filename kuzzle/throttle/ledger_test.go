package throttle_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// book is an in-memory ledger that several nodes share.
type book struct {
	mu     sync.Mutex
	pages  map[string]throttle.Page
	reads  int
	writes int
	gone   error
	slow   time.Duration // duration of every write
}

var errGone = errors.New("the ledger is gone")

func newBook() *book { return &book{pages: map[string]throttle.Page{}} }

func (b *book) Read(_ context.Context, names []string) ([]throttle.Page, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads += len(names)
	pages := make([]throttle.Page, len(names))
	for i, name := range names {
		pages[i] = b.pages[name]
		pages[i].Name = name
	}
	return pages, b.gone
}

func (b *book) Write(_ context.Context, pages []throttle.Page) ([]bool, error) {
	time.Sleep(b.slow)
	b.mu.Lock()
	defer b.mu.Unlock()
	done := make([]bool, len(pages))
	for i, page := range pages {
		if b.gone == nil && b.pages[page.Name].Rev == page.Rev {
			b.writes++
			page.Rev, done[i] = b.writes, true
			b.pages[page.Name] = page
			pages[i].Rev = page.Rev
		}
	}
	return done, b.gone
}

// node returns a node that counts in the book.
func (b *book) node() *throttle.Logins {
	return throttle.NewLogins(throttle.Config{Ledger: b, Secret: []byte("shared")})
}

// TestNodesCountTogether checks that the free failures are allowed once for all nodes, and
// after restarts.
func TestNodesCountTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		nodes := []*throttle.Logins{b.node(), b.node(), b.node()}
		keys := throttle.Keys{Account: "jdoe", Addr: home}
		for i := range 5 {
			if wait := tryWrong(t, nodes[i%3], keys); wait != 0 {
				t.Fatalf("failure %d has to wait %s", i+1, wait)
			}
		}
		for i, node := range append(nodes, b.node()) {
			if wait := tryRight(t, node, keys); wait != time.Second {
				t.Errorf("node %d: the sixth attempt waits %s, want 1s", i, wait)
			}
		}
		time.Sleep(time.Second)
		if wait := tryWrong(t, nodes[1], keys); wait != 0 {
			t.Errorf("after the wait: %s more", wait)
		}
		if wait := tryRight(t, nodes[2], keys); wait != 2*time.Second {
			t.Errorf("after one more failure elsewhere: %s, want 2s", wait)
		}
		time.Sleep(2 * time.Second)
		if wait := tryRight(t, nodes[0], keys); wait != 0 {
			t.Errorf("a right password after the wait: %s more", wait)
		}
		for i := range 5 {
			if wait := tryWrong(t, nodes[i%3], keys); wait != 0 {
				t.Errorf("failure %d after a success has to wait %s", i+1, wait)
			}
		}
	})
}

// TestAtOnceOnManyNodes checks that attempts that all nodes admitted before any failure reveal no
// more about the password than on one node.
func TestAtOnceOnManyNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		keys := throttle.Keys{Account: "jdoe", Addr: home}
		var held []*throttle.Attempt
		for range 4 {
			node := b.node()
			for range 5 {
				attempt, err := node.Begin(t.Context(), keys)
				if err != nil {
					t.Fatal(err)
				}
				held = append(held, attempt)
			}
		}
		var mu sync.Mutex
		told := 0
		var all sync.WaitGroup
		for _, attempt := range held[1:] {
			all.Go(func() {
				err := attempt.Failed(t.Context())
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					told++
				case !errors.Is(err, throttle.ErrTooManyLogins):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if told != 5 {
			t.Errorf("%d of %d attempts were told that the password is wrong, want 5", told, len(held)-1)
		}
		if err := held[0].Succeeded(t.Context()); !errors.Is(err, throttle.ErrTooManyLogins) {
			t.Errorf("the right password, checked too late, was told to be right: %v", err)
		}
	})
}

// TestKnownOnEveryNode checks that all nodes know the addresses of an account's logins, so that
// strangers do not lock its owner out.
func TestKnownOnEveryNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		here, there := b.node(), b.node()
		tryRight(t, here, throttle.Keys{Account: "victim", Addr: home})
		siege(t, there, "victim")
		if wait := tryRight(t, b.node(), throttle.Keys{Account: "victim", Addr: office}); wait == 0 {
			t.Error("a new place is let in during a siege")
		}
		if wait := tryRight(t, there, throttle.Keys{Account: "victim", Addr: home}); wait != 0 {
			t.Errorf("the owner waits %s on the other node", wait)
		}
	})
}

// TestSameForEveryName checks that unknown names are read and written like others.
func TestSameForEveryName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		node := b.node()
		tryRight(t, node, throttle.Keys{Account: "known", Addr: office})
		spent := func(account string) int {
			before := b.writes
			tryWrong(t, node, throttle.Keys{Account: account, Addr: home})
			return b.writes - before
		}
		if known, unknown := spent("known"), spent("unknown"); known != unknown || known == 0 {
			t.Errorf("a failure writes %d pages of a known name and %d of an unknown one", known, unknown)
		}
	})
}

// TestWithoutItsLedger checks that without the ledger nobody logs in, and no result is revealed.
func TestWithoutItsLedger(t *testing.T) {
	b := newBook()
	node := b.node()
	keys := throttle.Keys{Account: "jdoe", Addr: home}
	var held []*throttle.Attempt
	for range 2 {
		attempt, err := node.Begin(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, attempt)
	}
	b.gone = errGone
	if err := held[0].Failed(t.Context()); !errors.Is(err, errGone) {
		t.Errorf("a failure: got %v, want %v", err, errGone)
	}
	if err := held[1].Succeeded(t.Context()); !errors.Is(err, errGone) {
		t.Errorf("a success: got %v, want %v", err, errGone)
	}
	if _, err := node.Begin(t.Context(), keys); !errors.Is(err, errGone) {
		t.Errorf("a further attempt: got %v, want %v", err, errGone)
	}
}

// TestLedgerIsBounded checks that a flood of names and addresses fills pages to their bound, and
// that each page has the time when it expires.
func TestLedgerIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook()
		// One page stands for the ledger after a long flood.
		one := &onePage{book: b}
		node := throttle.NewLogins(throttle.Config{Ledger: one, Secret: []byte("shared")})
		for i := range 200 {
			keys := throttle.Keys{Account: fmt.Sprint("name", i), Addr: stranger(i)}
			tryWrong(t, node, keys)
			tryRight(t, node, throttle.Keys{Account: fmt.Sprint("owner", i), Addr: stranger(i)})
		}
		for name, page := range maps.All(b.pages) {
			var entries []any
			if err := json.Unmarshal(page.Data, &entries); err != nil {
				t.Fatal(err)
			}
			if len(entries) > 16 || len(page.Data) > 8<<10 {
				t.Errorf("page %s has %d entries in %d bytes", name, len(entries), len(page.Data))
			}
			if !page.Expires.After(time.Now()) {
				t.Errorf("page %s expires at %s, which is over", name, page.Expires)
			}
		}
	})
}

// onePage puts every key of a kind on the same page.
type onePage struct{ *book }

func (o *onePage) Read(ctx context.Context, names []string) ([]throttle.Page, error) {
	folded := make([]string, len(names))
	for i, name := range names {
		folded[i] = name[:5]
	}
	return o.book.Read(ctx, folded)
}
