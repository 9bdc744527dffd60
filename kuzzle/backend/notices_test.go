package backend

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestPasswordNotice: whoever got a new password is told by mail, once, and nobody
// is told of anything else.
func TestPasswordNotice(t *testing.T) {
	stores := map[string]func(*config.Config){"sqlite": func(*config.Config) {}}
	t.Run("sqlite", func(t *testing.T) { testPasswordNotice(t, stores["sqlite"]) })
	t.Run("elasticsearch", func(t *testing.T) { testPasswordNotice(t, oneCluster(t)) })
}

// drainNotices sends once what waits, as a server that serves does.
func drainNotices(t *testing.T, app *App) {
	t.Helper()
	if carrier, ok := app.store.(storage.Carrier); ok {
		if _, err := carrier.Carry(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.notices.queue.Drain(t.Context(), app.notices.deliver); err != nil {
		t.Fatal(err)
	}
}

func testPasswordNotice(t *testing.T, store func(*config.Config)) {
	var got []map[string]string
	status := http.StatusServiceUnavailable
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m map[string]string
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || r.Header.Get("webhook-signature") == "" {
			t.Errorf("posted without a signature, or no JSON: %v", err)
		}
		got = append(got, m)
		w.WriteHeader(status)
	}))
	defer hook.Close()
	app := newApp(t, func(cfg *config.Config) {
		store(cfg)
		cfg.Notify.Mail, cfg.Notify.Webhook.URL, cfg.Notify.Webhook.Secret = "webhook", hook.URL, "zebra"
	})
	createUser(t, app, "jane@example.com", "default")
	createUser(t, app, "john", "default")
	drain := func() {
		t.Helper()
		drainNotices(t, app)
	}
	change := func(kuid string, body map[string]any) {
		t.Helper()
		must(t, app, "", "security", "updateCredentials", map[string]any{"strategy": "local", "_id": kuid}, body)
	}
	change("john", map[string]any{"password": "battery staple"}) // has no address
	change("jane@example.com", map[string]any{"username": "jane@example.com"})
	if drain(); len(got) != 0 {
		t.Errorf("told %v, want nothing", got)
	}
	change("jane@example.com", map[string]any{"password": "battery staple"})
	drain()
	drain() // the webhook was away, and is asked again later
	if len(got) != 1 || got[0]["to"] != "jane@example.com" || got[0]["channel"] != "mail" || got[0]["kind"] != "password-changed" || !strings.Contains(got[0]["text"], "jane@example.com") {
		t.Fatalf("told %v, want one mail", got)
	}
	if strings.Contains(got[0]["text"], "battery") {
		t.Error("the notice has the password")
	}
}
