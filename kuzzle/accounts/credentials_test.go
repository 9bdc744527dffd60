package accounts_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/strategies"
)

// silent is a strategy that shows nothing of what it keeps.
type silent struct{}

func (silent) Name() string { return "silent" }

func (silent) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return silentDraft{}, nil
}

func (silent) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}

func (silent) Info(strategies.Record) strategies.Credentials { return nil }

type silentDraft struct{}

func (silentDraft) Identifiers() []strategies.Identifier { return nil }

func (silentDraft) Seal(context.Context) (strategies.Record, error) {
	return strategies.Record{Secret: []byte("s")}, nil
}

// A strategy need not show anything.
func TestCredentialsThatShowNothing(t *testing.T) {
	b := newBench(t, nil)
	b.use(t, "silent", func(json.RawMessage, strategies.Host) (strategies.Strategy, error) { return silent{}, nil })
	b.create(t, credentials.NewUser{ID: "u1", Content: map[string]any{"profileIds": []any{"default"}},
		Credentials: map[string]any{"silent": map[string]any{}}})
	shown, err := b.Credentials.UpdateCredentials(t.Context(), admin, "u1", "silent", map[string]any{}, false)
	if err != nil || shown["kuid"] != "u1" {
		t.Errorf("updated: got %v, %v", shown, err)
	}
	if shown, err = b.Credentials.Credentials(t.Context(), "u1", "silent"); err != nil || shown["kuid"] != "u1" {
		t.Errorf("read: got %v, %v", shown, err)
	}
}
