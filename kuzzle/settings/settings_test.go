package settings_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
)

const (
	lifetime = "security.authToken.expiresIn"
	perUser  = "sessions.perUser"
)

// server is one process with its settings.
type server struct {
	*settings.Settings
	mu      sync.Mutex
	obeyed  config.Config
	changes int
	log     *strings.Builder
}

func start(t *testing.T, store storage.Store, flags map[string]string) *server {
	t.Helper()
	cfg, origins, err := config.Load(config.Sources{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{log: new(strings.Builder)}
	s.Settings = settings.New(store, cfg, origins, func(cfg config.Config) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.obeyed = cfg
		s.changes++
	}, slog.New(slog.NewTextHandler(s.log, nil)))
	s.refresh(t)
	return s
}

func (s *server) refresh(t *testing.T) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *server) set(t *testing.T, name, value string) settings.Setting {
	t.Helper()
	got, err := s.Set(t.Context(), name, json.RawMessage(value))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSetBindsHereAndThere(t *testing.T) {
	store := sqlitetest.Open(t)
	here, there := start(t, store, nil), start(t, store, nil)
	if here.changes != 1 || here.obeyed.Sessions.PerUser != 100 {
		t.Fatalf("at the start: %d calls, %d sessions each; want 1 and the default", here.changes, here.obeyed.Sessions.PerUser)
	}
	if got := here.set(t, perUser, "7"); string(got.Value) != "7" || got.From != "store" || got.Pinned {
		t.Errorf("set: %+v", got)
	}
	there.refresh(t)
	if here.obeyed.Sessions.PerUser != 7 || there.obeyed.Sessions.PerUser != 7 {
		t.Errorf("here %d, there %d, want 7", here.obeyed.Sessions.PerUser, there.obeyed.Sessions.PerUser)
	}
	there.refresh(t)
	if there.changes != 2 {
		t.Errorf("put in force %d times, want at the start and once more", there.changes)
	}
	there.set(t, perUser, "null")
	here.refresh(t)
	if got, _ := here.Get(perUser); string(got.Value) != "100" || got.From != "default" || here.obeyed.Sessions.PerUser != 100 {
		t.Errorf("back at the default: %+v", got)
	}
}

func TestPins(t *testing.T) {
	store := sqlitetest.Open(t)
	start(t, store, nil).set(t, perUser, "7")
	pinned := start(t, store, map[string]string{perUser: "100"})
	got, err := pinned.Get(perUser)
	if err != nil || string(got.Value) != "100" || !got.Pinned || got.From != "flag --set sessions.perUser" {
		t.Errorf("a flag that says the default pins it: %+v, %v", got, err)
	}
	if _, err := pinned.Set(t.Context(), perUser, json.RawMessage("8")); !errors.Is(err, settings.ErrPinned) || !strings.Contains(err.Error(), got.From) {
		t.Errorf("set: %v, want ErrPinned that names the place", err)
	}
	// A setting that another server does not pin still counts there.
	if free := start(t, store, nil); free.obeyed.Sessions.PerUser != 7 {
		t.Errorf("without the flag %d, want 7", free.obeyed.Sessions.PerUser)
	}
}

func TestRefusals(t *testing.T) {
	s := start(t, sqlitetest.Open(t), map[string]string{"security.authToken.maxTTL": "3h"})
	for _, test := range []struct {
		name, value string
		want        error
	}{
		{"nothing", "1", settings.ErrUnknown}, {"security", "{}", settings.ErrUnknown},
		{"strategies", "{}", settings.ErrFixed}, {"listen", `":80"`, settings.ErrFixed}, {"admin.password", `"x"`, settings.ErrFixed},
		{perUser, "0", settings.ErrInvalid}, {perUser, "10001", settings.ErrInvalid}, {perUser, "1.5", settings.ErrInvalid},
		{perUser, `[1]`, settings.ErrInvalid}, {perUser, `{}`, settings.ErrInvalid}, {perUser, `true`, settings.ErrInvalid},
		{lifetime, `"0s"`, settings.ErrInvalid}, {lifetime, `"soon"`, settings.ErrInvalid},
		{lifetime, `"4h"`, settings.ErrInvalid}, {lifetime, `-1`, settings.ErrInvalid}, // longer than maxTTL
	} {
		if _, err := s.Set(t.Context(), test.name, json.RawMessage(test.value)); !errors.Is(err, test.want) {
			t.Errorf("%s = %s: %v, want %v", test.name, test.value, err, test.want)
		}
	}
	if s.changes != 1 {
		t.Errorf("put in force %d times, want 1", s.changes)
	}
}

// TestSetAll: several settings are set together or not at all.
func TestSetAll(t *testing.T) {
	s := start(t, sqlitetest.Open(t), map[string]string{"security.authToken.maxTTL": "3h"})
	for want, values := range map[error]map[string]json.RawMessage{
		settings.ErrInvalid: {perUser: json.RawMessage("7"), lifetime: json.RawMessage(`"4h"`)},
		settings.ErrPinned:  {perUser: json.RawMessage("7"), "security.authToken.maxTTL": json.RawMessage(`"4h"`)},
		settings.ErrUnknown: {perUser: json.RawMessage("7"), "zzz": json.RawMessage("1")},
	} {
		if err := s.Check(t.Context(), values); !errors.Is(err, want) {
			t.Errorf("%v: checked: %v", values, err)
		}
		if _, err := s.SetAll(t.Context(), values); !errors.Is(err, want) || s.obeyed.Sessions.PerUser != 100 {
			t.Errorf("%v: %v, and %d sessions each", values, err, s.obeyed.Sessions.PerUser)
		}
	}
	fine := map[string]json.RawMessage{perUser: json.RawMessage("7"), lifetime: json.RawMessage(`"2h"`)}
	if err := s.Check(t.Context(), fine); err != nil || s.obeyed.Sessions.PerUser != 100 {
		t.Errorf("checked: %v, and %d sessions each", err, s.obeyed.Sessions.PerUser)
	}
	got, err := s.SetAll(t.Context(), fine)
	if err != nil || len(got) != 2 || got[1].Key != perUser || s.obeyed.Sessions.PerUser != 7 || s.obeyed.Security.AuthToken.ExpiresIn.String() != "2h" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := s.SetAll(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
}

// breaking is a store that can be read no more after a write.
type breaking struct {
	storage.Store
	broken bool
}

func (b *breaking) Get(ctx context.Context, in storage.Collection, id string) (storage.Document, error) {
	if b.broken {
		return storage.Document{}, errors.New("the store is gone")
	}
	return b.Store.Get(ctx, in, id)
}

func (b *breaking) Commit(ctx context.Context, c storage.Change) (storage.Rev, error) {
	rev, err := b.Store.Commit(ctx, c)
	b.broken = true
	return rev, err
}

// TestWrittenIsSet: a setting that the store has acknowledged is in force, even if nothing can be read
// afterwards, and is not put in force again.
func TestWrittenIsSet(t *testing.T) {
	store := &breaking{Store: sqlitetest.Open(t)}
	s := start(t, store, nil)
	if got := s.set(t, perUser, "7"); string(got.Value) != "7" || got.From != "store" || s.obeyed.Sessions.PerUser != 7 {
		t.Errorf("set: %+v, in force %d", got, s.obeyed.Sessions.PerUser)
	}
	store.broken = false
	if s.refresh(t); s.changes != 2 || s.obeyed.Sessions.PerUser != 7 {
		t.Errorf("put in force %d times, now %d; want at the start and with the write", s.changes, s.obeyed.Sessions.PerUser)
	}
}

// TestAtTheSameTime: changes of two settings by two servers are both kept.
func TestAtTheSameTime(t *testing.T) {
	store := sqlitetest.Open(t)
	var all sync.WaitGroup
	for name, value := range map[string]string{perUser: "7", lifetime: `"2h"`, "logins.freeSignUps": "9"} {
		s := start(t, store, nil)
		all.Go(func() {
			if _, err := s.Set(context.Background(), name, json.RawMessage(value)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s := start(t, store, nil)
	if got := fmt.Sprint(s.obeyed.Sessions.PerUser, s.obeyed.Security.AuthToken.ExpiresIn, s.obeyed.Logins.FreeSignUps); got != "7 2h 9" {
		t.Errorf("got %s, want 7 2h 9", got)
	}
}

// TestForeignValues: values of another version, or values inconsistent with
// another configuration, stop no server, and stay when another setting is set.
func TestForeignValues(t *testing.T) {
	store := sqlitetest.Open(t)
	doc := storage.Document{ID: "set-values", Version: 1, Content: json.RawMessage(`{"values":{"from.tomorrow":1,"sessions.perUser":"many","security.authToken.expiresIn":"4h"}}`)}
	if _, err := store.Commit(t.Context(), storage.Change{In: storage.Settings, ID: doc.ID, Put: &doc}); err != nil {
		t.Fatal(err)
	}
	s := start(t, store, nil)
	if s.obeyed.Sessions.PerUser != 100 || s.obeyed.Security.AuthToken.ExpiresIn.String() != "4h" || !strings.Contains(s.log.String(), perUser) {
		t.Errorf("got %d and %s, and the log says %s", s.obeyed.Sessions.PerUser, s.obeyed.Security.AuthToken.ExpiresIn, s.log)
	}
	if got, _ := s.Get(perUser); got.From != "default" {
		t.Errorf("a value that counts for nothing is told as from %s", got.From)
	}
	short := start(t, store, map[string]string{"security.authToken.maxTTL": "3h"})
	if got := short.obeyed.Security.AuthToken.ExpiresIn.String(); got != "1h" {
		t.Errorf("longer than maxTTL: %s, want the default", got)
	}
	s.set(t, "logins.freeSignUps", "9")
	kept, err := store.Get(t.Context(), storage.Settings, doc.ID)
	if err != nil || !strings.Contains(string(kept.Content), "from.tomorrow") {
		t.Errorf("kept %s, %v", kept.Content, err)
	}
}

// TestLiveSettings holds which they are: none may hold a secret, since values are
// listed, and told in events.
func TestLiveSettings(t *testing.T) {
	for _, key := range config.Keys() {
		if key.Live && (key.Secret || key.Free) {
			t.Errorf("%s must not be live", key.Path)
		}
	}
	if got := len(start(t, sqlitetest.Open(t), nil).List()); got < 7 {
		t.Errorf("%d settings listed, want at least 7", got)
	}
}
