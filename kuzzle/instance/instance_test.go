package instance_test

import (
	"context"
	"io"
	"reflect"
	"regexp"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/instance"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
)

// key is an instance's own, which no other has.
func key(purpose string) ([]byte, error) { return []byte("of one instance: " + purpose), nil }

// TestID: the id follows from the instance's key, and does not tell it.
func TestID(t *testing.T) {
	store := sqlitetest.Open(t)
	id, err := instance.New(store, key).ID()
	same, _ := instance.ID(key)
	other, _ := instance.ID(func(string) ([]byte, error) { return []byte("of another"), nil })
	if err != nil || id != same || id == other || !regexp.MustCompile(`^ins_[0-9a-f]{32}$`).MatchString(id) {
		t.Errorf("%q, %q and another's %q: %v", id, same, other, err)
	}
	if _, err := instance.New(store, func(string) ([]byte, error) { return nil, io.ErrUnexpectedEOF }).ID(); err == nil {
		t.Error("an id without a key")
	}
}

// TestChange tells whether anything changed, on every server.
func TestChange(t *testing.T) {
	store := sqlitetest.Open(t)
	here, there := instance.New(store, key), instance.New(store, key)
	edit := func(f *instance.Facts) { f.AllowedOrigins = []string{"https://a.example.com"} }
	for i, at := range []*instance.Instance{here, there} {
		if now, undo, err := at.Change(t.Context(), edit); err != nil || undo != nil != (i == 0) || len(now.AllowedOrigins) != 1 {
			t.Errorf("change %d: %+v, with undo %t, %v", i, now, undo != nil, err)
		}
	}
	if facts, err := there.Facts(t.Context()); err != nil || len(facts.AllowedOrigins) != 1 {
		t.Errorf("got %+v, %v", facts, err)
	}
}

// TestUndo takes back what a change made, and nothing that others made since.
func TestUndo(t *testing.T) {
	i := instance.New(sqlitetest.Open(t), key)
	change := func(edit func(*instance.Facts)) func(context.Context) error {
		t.Helper()
		_, undo, err := i.Change(t.Context(), edit)
		if err != nil {
			t.Fatal(err)
		}
		return undo
	}
	change(func(f *instance.Facts) { f.SupportEmail, f.FromEmail = "first@example.com", "first" })
	undo := change(func(f *instance.Facts) {
		f.SupportEmail, f.FromEmail, f.AllowedOrigins, f.TestMode = "second@example.com", "second", []string{"https://a.example.com"}, true
	})
	change(func(f *instance.Facts) { f.FromEmail, f.Cookieless = "third", true })
	if err := undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := instance.Facts{SupportEmail: "first@example.com", FromEmail: "third", Cookieless: true}
	if facts, err := i.Facts(t.Context()); err != nil || !reflect.DeepEqual(facts, want) {
		t.Errorf("got %+v, %v, want %+v", facts, err, want)
	}
}
