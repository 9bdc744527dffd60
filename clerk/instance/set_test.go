package instance

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	domain "github.com/gokuzzle/kuzzle/kuzzle/instance"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

var errFull = errors.New("the disk is full")

// full is a store that fails one of its next writes.
type full struct {
	storage.Store
	// writes counts down to the write that fails.
	writes int
}

func (f *full) Commit(ctx context.Context, c storage.Change) (storage.Rev, error) {
	if f.writes--; f.writes == 0 {
		return storage.Rev{}, errFull
	}
	return f.Store.Commit(ctx, c)
}

// TestSetIsOneChange: of settings and facts both change, or neither.
func TestSetIsOneChange(t *testing.T) {
	const key = "signUps.allowList"
	b := accountstest.New(t, nil)
	store := &full{Store: b.Store}
	cfg, origins, err := config.Load(config.Sources{Flags: map[string]string{"signUps.blockList": "false"}})
	if err != nil {
		t.Fatal(err)
	}
	obeyed := 0
	c := &controller{Deps{
		Instance: domain.New(store, func(string) ([]byte, error) { return nil, nil }), Accounts: b.Accounts,
		Settings: settings.New(store, cfg, origins, func(config.Config) { obeyed++ }, slog.New(slog.DiscardHandler)),
	}}
	set := func(values string) error {
		var given map[string]json.RawMessage
		if err := json.Unmarshal([]byte(values), &given); err != nil {
			t.Fatal(err)
		}
		facts, err := c.set(t.Context(), &api.Request{}, given, func(f *domain.Facts) { f.ListsOffOnSignIn = true })
		if err == nil && !facts.ListsOffOnSignIn {
			t.Errorf("the facts after the change: %+v", facts)
		}
		return err
	}
	changed := func(want bool) {
		t.Helper()
		facts, err := c.Instance.Facts(t.Context())
		if err != nil || facts.ListsOffOnSignIn != want {
			t.Errorf("the facts: %+v, %v, want changed %t", facts, err, want)
		}
		err = c.Settings.Refresh(t.Context())
		if got, found := c.Settings.Get(key); err != nil || found != nil || (got.From == "store") != want {
			t.Errorf("the setting: %+v, %v, %v, want changed %t", got, err, found, want)
		}
	}
	changed(false)
	for n := range 2 {
		store.writes = n + 1
		if err := set(`{"` + key + `":true}`); !errors.Is(err, errFull) {
			t.Errorf("write %d fails: %v, want %v", n+1, err, errFull)
		}
		changed(false)
	}
	store.writes = 0
	if err := set(`{"` + key + `":true,"signUps.blockList":true}`); err == nil {
		t.Error("a pinned setting was set")
	}
	if changed(false); store.writes != 0 {
		t.Errorf("a refusal wrote %d times", -store.writes)
	}
	if obeyed != 1 {
		t.Errorf("settings were put in force %d times before any change, want at the start", obeyed)
	}
	if err := set(`{"` + key + `":true}`); err != nil {
		t.Error(err)
	}
	changed(true)
}
