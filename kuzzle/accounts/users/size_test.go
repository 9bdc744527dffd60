package users_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestContentHasASize checks that every way to write a content has its limit, for users and
// administrators, and that a refusal changes nothing.
func TestContentHasASize(t *testing.T) {
	b := accountstest.New(t, func(o *accounts.Options) { o.OwnContent, o.MaxContent = 1000, 3000 })
	u := b.Create(t, accountstest.Person("anna", "correct horse"))
	self := users.Actor{Kuid: u.Kuid, Self: true}
	update := func(by users.Actor, field string, bytes int) error {
		_, err := b.Users.Update(t.Context(), by, u.Kuid, map[string]any{field: strings.Repeat("x", bytes)}, users.Edit{})
		return err
	}
	if err := update(self, "a", 500); err != nil {
		t.Fatal(err)
	}
	before, err := b.Users.User(t.Context(), u.Kuid)
	if err != nil {
		t.Fatal(err)
	}
	large := credentials.NewUser{Content: map[string]any{"profileIds": []any{"default"}, "a": strings.Repeat("x", 3000)}}
	own := credentials.NewUser{Content: map[string]any{"a": strings.Repeat("x", 1000)}}
	row := accountstest.ImportedRow("1", "carl")
	row.Content["a"] = strings.Repeat("x", 3000)
	row.Credentials = nil
	row.ID, row.Key.Kind = "carl", ""
	for what, do := range map[string]func() error{
		"updateSelf": func() error { return update(self, "b", 500) },
		"updateUser": func() error { return update(accountstest.Admin, "b", 2500) },
		"replaceUser": func() error {
			return second(b.Users.Replace(t.Context(), accountstest.Admin, u.Kuid, large.Content, users.Edit{}))
		},
		"createUser":           func() error { return second(b.Credentials.Create(t.Context(), accountstest.Admin, large)) },
		"createRestrictedUser": func() error { return second(b.Credentials.CreateRestricted(t.Context(), accountstest.Admin, own)) },
		"loadSecurities": func() error {
			return b.Imports.Load(t.Context(), accountstest.Admin, imports.Securities{Users: map[string]any{"dora": map[string]any{"content": large.Content}}})
		},
		"import": func() error {
			results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{}, []imports.Row{row})
			return errors.Join(err, results[0].Err)
		},
	} {
		err := do()
		failure, ok := fault.From(err)
		if !errors.Is(err, users.ErrContentTooLarge) || !ok || failure.Status() != 413 {
			t.Errorf("%s: got %v", what, err)
		}
	}
	after, err := b.Users.User(t.Context(), u.Kuid)
	if err != nil || after.Version != before.Version || string(after.Content) != string(before.Content) || b.Count(t) != 1 {
		t.Errorf("a refusal left version %d of %d, and %d users", after.Version, before.Version, b.Count(t))
	}
	if err := update(accountstest.Admin, "b", 2000); err != nil {
		t.Fatal(err)
	}
	// Users may only shrink a content that an administrator made large.
	if err := update(self, "c", 10); !errors.Is(err, users.ErrContentTooLarge) {
		t.Errorf("a user adds to a large content: got %v", err)
	}
	if err := update(self, "b", 1900); err != nil {
		t.Errorf("a user shrinks a large content: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// makeLarge writes a content that an earlier version of this program accepted.
func makeLarge(t testing.TB, b *accountstest.Bench, kuid, content string) {
	t.Helper()
	doc, err := b.Store.Get(t.Context(), storage.Users, kuid)
	if err != nil {
		t.Fatal(err)
	}
	rev := doc.Rev
	doc.Content = []byte(content)
	if _, err := b.Store.Commit(t.Context(), storage.Change{In: storage.Users, ID: kuid, Put: &doc, If: rev}); err != nil {
		t.Fatal(err)
	}
	b.Forget(storage.Subject{Of: storage.Users, ID: kuid})
}

// TestLargerContentsStay checks that a content above the limits can be read, shrunk, given other
// profiles, and deleted, and that no concurrent change is lost.
func TestLargerContentsStay(t *testing.T) {
	b := accountstest.New(t, func(o *accounts.Options) { o.OwnContent, o.MaxContent = 1000, 3000 })
	u := b.Create(t, accountstest.Person("anna", "correct horse"))
	makeLarge(t, b, u.Kuid, `{"profileIds":["default"],"big":"`+strings.Repeat("x", 9000)+`","n":12345678901234567890,"in":{"a":1,"b":2}}`)
	if got, err := b.Users.User(t.Context(), u.Kuid); err != nil || len(got.Content) < 9000 {
		t.Fatalf("got %d bytes, %v", len(got.Content), err)
	}
	if _, err := b.Login(t, "anna", "correct horse"); err != nil {
		t.Errorf("log in: %v", err)
	}
	for what, patch := range map[string]map[string]any{
		"grow": {"more": "x"}, "grow inside": {"in": map[string]any{"c": 1.0}},
	} {
		if err := second(b.Users.Update(t.Context(), accountstest.Admin, u.Kuid, patch, users.Edit{})); !errors.Is(err, users.ErrContentTooLarge) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			patch := map[string]any{"profileIds": []any{"default", "anonymous"}, "in": map[string]any{"a": float64(i)}}
			if err := second(b.Users.Update(t.Context(), accountstest.Admin, u.Kuid, patch, users.Edit{})); err != nil {
				t.Errorf("other profiles: %v", err)
			}
		})
	}
	all.Wait()
	got, err := b.Users.User(t.Context(), u.Kuid)
	if err != nil || got.Version != u.Version+10 || len(got.Profiles) != 2 || !strings.Contains(string(got.Content), `"n":12345678901234567890`) {
		t.Errorf("got version %d, profiles %v, %v", got.Version, got.Profiles, err)
	}
	if err := second(b.Users.Update(t.Context(), accountstest.Admin, u.Kuid, map[string]any{"big": strings.Repeat("x", 8000)}, users.Edit{})); err != nil {
		t.Errorf("shrink: %v", err)
	}
	if err := b.Users.Delete(t.Context(), accountstest.Admin, u.Kuid, false); err != nil {
		t.Errorf("delete: %v", err)
	}
}
