package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// becomes waits until the store's health is as wanted: a self-test answers for
// those that ask soon after it.
func becomes(t *testing.T, s *sqlite.Store, want error) {
	t.Helper()
	late := time.Now().Add(20 * time.Second)
	for {
		err := s.Health(t.Context())
		if want == nil && err == nil || want != nil && errors.Is(err, want) {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("health is %v, want %v", err, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestHealthDamaged tells of pages near the root of a tree that cannot be read,
// though the store has read them before.
func TestHealthDamaged(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 500 {
		change := storage.Change{In: storage.Users, ID: fmt.Sprint("user", n), Put: &storage.Document{Content: []byte(`{"profileIds":["default"]}`)}}
		if _, err := s.Commit(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	// Closing writes everything into the one file.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = sqlite.Open(t.Context(), dir, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// The first self-test writes, and the second has all of its pages in the caches.
	for range 2 {
		becomes(t, s, nil)
		sqlite.ForgetHealth(s)
	}
	file, err := os.OpenFile(filepath.Join(dir, sqlite.FileName), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096 // the first stays, without which nothing is a database
	if _, err := file.WriteAt(make([]byte, info.Size()-page), page); err != nil {
		t.Fatal(err)
	}
	if err := s.Health(t.Context()); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("the next self-test says %v, want %v", err, storage.ErrDamaged)
	}
	if err := s.Health(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("%v is not %v as well", err, storage.ErrUnavailable)
	}
}

// TestHealthClosed answers after the end too.
func TestHealthClosed(t *testing.T) {
	s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Health(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, storage.ErrUnavailable)
	}
}
