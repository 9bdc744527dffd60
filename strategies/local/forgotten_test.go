package local_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

func requestReset(h *strategytest.Host, body map[string]any) (any, error) {
	return h.Act(ctx, "local", "requestReset", strategies.Call{Kuid: "-1", Body: body})
}

func TestRequestResetRefusals(t *testing.T) {
	h := world(t, admin, "")
	for _, row := range []struct {
		name string
		body map[string]any
		want *fault.Kind
	}{
		{"no body", nil, assert.BodyRequired},
		{"nothing", map[string]any{}, local.ErrMissing},
		{"empty", map[string]any{"username": ""}, local.ErrMissing},
		{"number", map[string]any{"username": 1.0}, assert.InvalidType},
		{"long", map[string]any{"username": strings.Repeat("a", 600)}, assert.InvalidArgument},
		{"no address", map[string]any{"email": "ada"}, assert.InvalidArgument},
		{"two", map[string]any{"username": "ada", "email": "ada@example.com"}, local.ErrOneName},
		{"another field", map[string]any{"username": "ada", "to": "eve@example.com"}, assert.Unexpected},
	} {
		_, err := requestReset(h, row.body)
		wantKind(t, row.name, err, row.want)
	}
	if got := h.Notified(); len(got) != 0 {
		t.Errorf("notified %v, want nobody", got)
	}
}

// TestRequestReset checks that an unknown name gets the same answer after the same calls, and no
// message.
func TestRequestReset(t *testing.T) {
	h := world(t, admin, `"resetPasswordUrl":"https://app.example.com/reset#{token}","resetPasswordExpiresIn":"10m"`)
	for _, name := range []string{"nobody", "ada"} {
		h.Calls()
		answer, err := requestReset(h, map[string]any{"username": name})
		text, _ := json.Marshal(answer)
		if err != nil || string(text) != `{"requested":true}` {
			t.Errorf("%s: %s, %v", name, text, err)
		}
		if got := h.Calls()[0]; got != "Notify password-reset" {
			t.Errorf("%s: the first call to the host is %s, want none before the notice", name, got)
		}
	}
	sent := h.Notified()
	if len(sent) != 1 || sent[0]["Link"] != "https://app.example.com/reset#"+sent[0]["Token"] || sent[0]["Token"] == "" || !strings.HasPrefix(sent[0]["Until"], "12:10 UTC") {
		t.Fatalf("sent %v, want one link", sent)
	}
	h.Advance(10*time.Minute - time.Millisecond)
	wantKind(t, "in time", reset(h, map[string]any{"password": "second password", "token": sent[0]["Token"]}), nil)
	wantKind(t, "again", reset(h, map[string]any{"password": "third password", "token": sent[0]["Token"]}), local.ErrInvalidToken)
	wantKind(t, "the new password", login(h, "ada", "second password"), nil)
}

func TestResetPasswordURL(t *testing.T) {
	for url, right := range map[string]bool{
		"": true, "https://app.example.com/reset?t={token}": true, "http://127.0.0.1:8080/{token}": true,
		"https://app.example.com/reset": false, "/reset#{token}": false, "javascript:{token}": false,
	} {
		_, err := strategytest.NewHost().Mount(local.New, json.RawMessage(`{"resetPasswordUrl":"`+url+`"}`))
		if (err == nil) != right {
			t.Errorf("%q: %v", url, err)
		}
	}
}
