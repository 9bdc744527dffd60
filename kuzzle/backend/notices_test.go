package backend

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestPasswordNotice: a user with a new password gets one mail, and nobody gets any
// other.
func TestPasswordNotice(t *testing.T) {
	stores := map[string]func(*config.Config){"sqlite": func(*config.Config) {}}
	t.Run("sqlite", func(t *testing.T) { testPasswordNotice(t, stores["sqlite"]) })
	t.Run("elasticsearch", func(t *testing.T) { testPasswordNotice(t, oneCluster(t)) })
}

// drainNotices sends the waiting notices once, as a serving server does.
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

// TestMessagesCountOnce: a message counts for its recipient's limit when it is first about to be sent, also
// if an earlier try failed before. Further tries count no more.
func TestMessagesCountOnce(t *testing.T) {
	app := newApp(t, func(cfg *config.Config) {
		cfg.Notify.Mail, cfg.Notify.Webhook.URL, cfg.Notify.Webhook.Secret = "webhook", "http://127.0.0.1:1", "zebra"
	})
	const free, to = 5, "jane@example.com"
	sent := 0
	send := func() error {
		sent++
		return errors.New("the receiver is away")
	}
	let := func(item queue.Item) error {
		return app.notices.let(t.Context(), item, notice{Kind: "a kind"}, to, send)
	}
	for range free {
		failed := queue.Failure{}
		if err := let(queue.Item{Tries: 1}); !errors.As(err, &failed) || failed.Said != counted {
			t.Errorf("a message that the receiver did not take: %v", err)
		}
	}
	if err := let(queue.Item{Tries: 1}); err != nil || sent != free {
		t.Errorf("%d messages were sent, want %d: %v", sent, free, err)
	}
	if err := let(queue.Item{Tries: 2, Last: counted}); err == nil || sent != free+1 {
		t.Errorf("a counted message was not tried again: %v", err)
	}
}

// TestNamesInNotices: a name that a user chose is not sent to an unverified address,
// which may be a stranger's: a sign-up must not send letters to strangers. In a
// message to the user's own address the name is one line.
func TestNamesInNotices(t *testing.T) {
	const letter, stranger, own = "Jane,\u2029\u2029you won: https://evil.example.com\u2028now", "stranger@example.com", "own@example.com"
	var got map[string]string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = nil
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
	}))
	defer hook.Close()
	texts := t.TempDir()
	if err := os.WriteFile(filepath.Join(texts, "contact-code.mail.txt"), []byte("Code\n\n{{.Name}}: {{.Code}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	app := newApp(t, func(cfg *config.Config) {
		cfg.Notify.Mail, cfg.Notify.Webhook.URL, cfg.Notify.Webhook.Secret, cfg.Notify.Texts = "webhook", hook.URL, "zebra", texts
	})
	must(t, app, "", "security", "createUser", map[string]any{"_id": "jane"}, map[string]any{
		"content": map[string]any{"profileIds": []any{"default"}},
		"credentials": map[string]any{"digest-import": map[string]any{
			"username": letter, "email": stranger, "passwordHasher": "bcrypt", "passwordDigest": "$2y$10$OWdRCd0yDJNdykD20stMxOl6iJ1qfaCQBjgg2GUU7AIykFom1ziJa",
		}},
	})
	contact := func(value string, verified bool) (id string) {
		made := must(t, app, "", "security", "createContact", map[string]any{"_id": "jane"}, map[string]any{"kind": "email", "value": value, "verified": verified})
		return made["id"].(string)
	}
	reset := func() {
		must(t, app, "", "kuzzle-plugin-auth-passport-local/password", "requestReset", nil, map[string]any{"username": letter})
	}
	code := func() {
		id := contact("other@example.com", false)
		drainNotices(t, app)
		u, err := app.accounts.Users.Current(t.Context(), "jane")
		if err == nil {
			_, err = app.accounts.Contacts.Ask(t.Context(), users.Actor{Kuid: "another"}, u.Kuid, id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name, to string
		do       func()
		named    bool
	}{
		{"a reset, to an address that nobody proved", stranger, reset, false},
		{"a new contact, told there", stranger, func() { contact(own, true) }, false},
		{"a code for a contact", "other@example.com", code, false},
		{"a reset, to one's own address", own, reset, true},
		{"the end of that address, told there", own, func() {
			list := must(t, app, "", "security", "getContacts", map[string]any{"_id": "jane"}, nil)
			for _, hit := range list["hits"].([]any) {
				if c := hit.(map[string]any); c["value"] == own {
					must(t, app, "", "security", "deleteContact", map[string]any{"_id": "jane", "contactId": c["id"]}, nil)
				}
			}
		}, true},
	}
	for _, step := range steps {
		step.do()
		drainNotices(t, app)
		if got["to"] != step.to {
			t.Fatalf("%s: the mail is %v", step.name, got)
		}
		text := got["subject"] + got["text"]
		if named := strings.Contains(text, "Jane, you won: https://evil.example.com now"); named != step.named || !named && strings.Contains(text, "evil") || !named && !strings.Contains(text, step.to) {
			t.Errorf("%s: the mail says\n%s", step.name, text)
		}
	}
}
