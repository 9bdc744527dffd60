package admission_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/admission"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
)

func lists(t *testing.T) (store storage.Store, a, other *admission.Admission) {
	t.Helper()
	store = sqlitetest.Open(t)
	return store, admission.New(store, time.Now), admission.New(store, time.Now)
}

func list(t *testing.T, a *admission.Admission, to admission.List, identifiers ...string) {
	t.Helper()
	for _, identifier := range identifiers {
		if _, err := a.Add(t.Context(), to, identifier); err != nil {
			t.Fatalf("%s: %v", identifier, err)
		}
	}
}

// TestCheck applies every rule to names, on another server with the same store.
func TestCheck(t *testing.T) {
	_, a, other := lists(t)
	list(t, a, admission.Allow, "jane@example.com", "*@example.org", "*@*.example.net", "+12015550123", "0x52908400098527886E0F7030069857D2E4169EE7", "*@bücher.example")
	list(t, a, admission.Block, "jane@example.com", "*@*.com", "*@bücher.example", "*@xn--strae-oqa.example")
	allow, block := admission.Rules{AllowList: true}, admission.Rules{BlockList: true}
	sub, gone := admission.Rules{NoSubaddresses: true}, admission.Rules{NoDisposable: true}
	for _, test := range []struct {
		rules admission.Rules
		names []string
		may   bool
	}{
		{admission.Rules{}, []string{"jane@mailinator.com"}, true},
		{allow, nil, false}, {allow, []string{"jane"}, false}, {allow, []string{"jane", "JANE@Example.com"}, true}, {allow, []string{"x@example.org"}, true},
		{allow, []string{"x@a.example.org"}, false}, {allow, []string{"x@example.net"}, false}, {allow, []string{"x@a.b.example.net"}, true},
		{allow, []string{"x@notexample.net"}, false}, {allow, []string{"+1 (201) 555-0123"}, true}, {allow, []string{"12015550123"}, false},
		{allow, []string{"0x52908400098527886e0f7030069857d2e4169ee7"}, true}, {allow, []string{"jane@example.com", "eve@example.com"}, false},
		{allow, []string{"x@BÜCHER.example"}, true},
		{block, nil, true}, {block, []string{"jane"}, true}, {block, []string{"a@b.com"}, false}, {block, []string{"a@c.b.com"}, false}, {block, []string{"a@b.org"}, true}, {block, []string{"Jane@Example.com"}, false},
		{sub, []string{"a+b@c.com"}, false}, {sub, []string{"a=b@c.com"}, false}, {sub, []string{"a#b@c.com"}, false}, {sub, []string{"a-b@c.com", "a+b"}, true}, {sub, []string{"+12015550123"}, true},
		{block, []string{"jane@example.com."}, false}, {block, []string{"x@B.com."}, false}, {block, []string{"x@b。com"}, false}, {block, []string{"x@b．com"}, false},
		{block, []string{"x＠b.com"}, false}, {block, []string{"x\ufe6bb.com"}, false}, {block, []string{`"x"@b.org`}, false}, {block, []string{"<x@b.org>"}, false},
		{block, []string{"x@b.org\u200b"}, false}, {block, []string{"X <x@b.org>"}, false}, {block, []string{"x@"}, false}, {block, []string{"x@xn--a.org"}, false},
		{block, []string{"x@xn--bcher-kva.example"}, false}, {block, []string{"x@BÜCHER.example"}, false}, {block, []string{"x@Bücher。example"}, false},
		{block, []string{"x@straße.example"}, false}, {block, []string{"x@b_c.org"}, true}, {block, []string{"x@münchen.example"}, true},
		{allow, []string{"x@xn--bcher-kva.example"}, true}, {allow, []string{"jane@example.com", "eve@evil.com."}, false}, {admission.Rules{}, []string{"x@b.com."}, true},
		{sub, []string{"a+b@ok.com."}, false}, {sub, []string{"a@ok.com."}, false}, {gone, []string{"z@mailinator.com."}, false}, {gone, []string{"z@mailinator。com"}, false},
		{gone, []string{"a@mailinator.com"}, false}, {gone, []string{"a@x.Mailinator.com"}, false}, {gone, []string{"a@xmailinator.com"}, true}, {gone, []string{"mailinator.com"}, true},
	} {
		other.Obey(test.rules)
		err := other.Check(t.Context(), test.names)
		if test.may && err != nil || !test.may && !errors.Is(err, admission.ErrRefused) {
			t.Errorf("%+v: %q: %v, want that they may: %v", test.rules, test.names, err, test.may)
		}
	}
}

// TestListsAreBounded checks that a list has at most its limit of entries, even with concurrent
// additions, and each entry once.
func TestListsAreBounded(t *testing.T) {
	store, a, other := lists(t)
	var full []admission.Entry
	for i := range admission.MaxListed - 1 {
		full = append(full, admission.Entry{ID: fmt.Sprint(i), Identifier: fmt.Sprintf("p%d@example.com", i), Kind: "email"})
	}
	content, err := json.Marshal(map[admission.List][]admission.Entry{admission.Block: full})
	if err == nil {
		_, err = store.Commit(t.Context(), storage.Change{In: storage.Settings, ID: "sign-up-lists", Put: &storage.Document{ID: "sign-up-lists", Version: 1, Content: content}})
	}
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	added := make(chan error, 8)
	for i := range cap(added) {
		all.Go(func() {
			_, err := []*admission.Admission{a, other}[i%2].Add(t.Context(), admission.Block, "Last@Example.com")
			added <- err
		})
	}
	all.Wait()
	close(added)
	one := 0
	for err := range added {
		switch {
		case err == nil:
			one++
		case !errors.Is(err, admission.ErrListed):
			t.Errorf("at once: %v", err)
		}
	}
	if one != 1 {
		t.Errorf("%d were added, want 1", one)
	}
	if _, err := other.Add(t.Context(), admission.Block, "more@example.com"); !errors.Is(err, admission.ErrFull) {
		t.Errorf("one more: %v", err)
	}
	list(t, other, admission.Allow, "more@example.com")
	found, err := other.Listed(t.Context(), admission.Block)
	if err != nil || len(found) != admission.MaxListed || found[0].Identifier != "Last@example.com" {
		t.Fatalf("%d are listed, the first %+v, %v", len(found), found[0], err)
	}
	if err := a.Remove(t.Context(), admission.Allow, found[0].ID); !errors.Is(err, admission.ErrNotListed) {
		t.Errorf("from the other list: %v", err)
	}
	if err := a.Remove(t.Context(), admission.Block, found[0].ID); err != nil {
		t.Error(err)
	}
	list(t, other, admission.Block, "more@example.com")
}
