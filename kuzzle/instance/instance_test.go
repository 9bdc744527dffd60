package instance_test

import (
	"io"
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
		if changed, err := at.Change(t.Context(), edit); err != nil || changed != (i == 0) {
			t.Errorf("change %d: %v, %v", i, changed, err)
		}
	}
	if facts, err := there.Facts(t.Context()); err != nil || len(facts.AllowedOrigins) != 1 {
		t.Errorf("got %+v, %v", facts, err)
	}
}
