package local_test

import (
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

func token(t *testing.T, h *strategytest.Host) string {
	t.Helper()
	answer, err := h.Act(ctx, "local", "getResetPasswordToken", strategies.Call{Kuid: "root", Args: map[string]any{"_id": "ada"}})
	if err != nil {
		t.Fatal(err)
	}
	return answer.(local.ResetToken).ResetToken
}

func reset(h *strategytest.Host, body map[string]any) error {
	_, err := h.Act(ctx, "local", "reset", strategies.Call{Kuid: "-1", Body: body})
	return err
}

func TestResetToken(t *testing.T) {
	h := world(t, admin, "")
	for _, row := range []struct {
		name string
		args map[string]any
		want *fault.Kind
	}{
		{"missing", nil, assert.Missing}, {"empty", map[string]any{"_id": ""}, assert.Missing},
		{"number", map[string]any{"_id": 1.0}, assert.InvalidType},
		{"unknown", map[string]any{"_id": "bob"}, local.ErrUnknownUser}, {"known", map[string]any{"_id": "ada"}, nil},
	} {
		_, err := h.Act(ctx, "local", "getResetPasswordToken", strategies.Call{Kuid: "root", Args: row.args})
		wantKind(t, row.name, err, row.want)
	}
}

// Errors come in Kuzzle's order, and no refused request uses up the token.
func TestResetRefusals(t *testing.T) {
	h := world(t, admin, policies(`"passwordRegex":"^.{6,}$","forbidReusedPasswordCount":1`))
	good := token(t, h)
	for _, row := range []struct {
		name string
		body map[string]any
		want *fault.Kind
	}{
		{"no body", nil, assert.BodyRequired},
		{"nothing", map[string]any{}, local.ErrMissing},
		{"blank password", map[string]any{"password": "  ", "token": good}, local.ErrMissing},
		{"password of another type", map[string]any{"password": 123456.0, "token": good}, local.ErrType},
		{"no token", map[string]any{"password": "second password"}, local.ErrMissing},
		{"token of another type", map[string]any{"password": "second password", "token": []any{good}}, local.ErrType},
		{"bad token", map[string]any{"password": "second password", "token": good + "x"}, local.ErrInvalidToken},
		{"weak password", map[string]any{"password": "2", "token": good}, local.ErrWeak},
		{"the same password", map[string]any{"password": "first password", "token": good}, local.ErrReused},
		{"right", map[string]any{"password": "second password", "token": good}, nil},
		{"again", map[string]any{"password": "third password!", "token": good}, local.ErrInvalidToken},
	} {
		wantKind(t, row.name, reset(h, row.body), row.want)
	}
	wantKind(t, "the new password", login(h, "ada", "second password"), nil)
	wantKind(t, "the old one", login(h, "ada", "first password"), strategies.ErrRefused)
	if got := h.Epoch("ada"); got != 1 {
		t.Errorf("a reset ended the user's sessions %d times, want 1", got)
	}
}

func TestResetExpires(t *testing.T) {
	h := world(t, admin, `"resetPasswordExpiresIn":"10m"`)
	late, inTime := token(t, h), token(t, h)
	h.Advance(10*time.Minute - time.Millisecond)
	wantKind(t, "in time", reset(h, map[string]any{"password": "second password", "token": inTime}), nil)
	h.Advance(time.Millisecond)
	wantKind(t, "late", reset(h, map[string]any{"password": "third password", "token": late}), local.ErrExpiredToken)
}

func TestResetDiesWithThePassword(t *testing.T) {
	h := world(t, admin, "")
	old := token(t, h)
	wantKind(t, "renaming", update(h, admin, strategies.Credentials{"username": "ada2"}), nil)
	wantKind(t, "is no reason", reset(h, map[string]any{"password": "second password", "token": old}), nil)
	old = token(t, h)
	h.Advance(time.Second)
	wantKind(t, "a change", update(h, self, strategies.Credentials{"password": "third password"}), nil)
	wantKind(t, "is one", reset(h, map[string]any{"password": "fourth password", "token": old}), local.ErrInvalidToken)
	wantKind(t, "the change stands", login(h, "ada2", "third password"), nil)
}

// A password that the user set with a token was not set by an administrator.
func TestResetSatisfiesMustChange(t *testing.T) {
	h := world(t, admin, policies(`"mustChangePasswordIfSetByAdmin":true`))
	wantKind(t, "before", login(h, "ada", "first password"), local.ErrMustChange)
	wantKind(t, "reset", reset(h, map[string]any{"password": "second password", "token": token(t, h)}), nil)
	wantKind(t, "after", login(h, "ada", "second password"), nil)
}

func TestResetWorksOnce(t *testing.T) {
	h := world(t, admin, "")
	shared := token(t, h)
	var all sync.WaitGroup
	var mu sync.Mutex
	worked := 0
	for range 8 {
		all.Go(func() {
			if reset(h, map[string]any{"password": "second password", "token": shared}) == nil {
				mu.Lock()
				worked++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if worked != 1 {
		t.Errorf("one token worked %d times, want 1", worked)
	}
}
