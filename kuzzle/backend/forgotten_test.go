package backend

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
	localstrategy "github.com/gokuzzle/kuzzle/strategies/local"
)

// hook is a webhook for messages on loopback.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	got    []map[string]string
	status int
}

func newHook(t *testing.T) *hook {
	h := &hook{status: http.StatusOK}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m map[string]string
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Errorf("no JSON was posted: %v", err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got = append(h.got, m)
		w.WriteHeader(h.status)
	}))
	t.Cleanup(h.Close)
	return h
}

// taken are the messages since the last call.
func (h *hook) taken() []map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.got
	h.got = nil
	return got
}

var codeInText = regexp.MustCompile(`[A-Z2-7]{48}`)

// TestForgottenPassword: a user who forgot a password gets a code by mail that works
// once. Nobody else gets a mail, and every name gets the same answer.
func TestForgottenPassword(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testForgottenPassword(t, func(*config.Config) {}) })
	t.Run("elasticsearch", func(t *testing.T) { testForgottenPassword(t, oneCluster(t)) })
}

func testForgottenPassword(t *testing.T, store func(*config.Config)) {
	hook := newHook(t)
	now := time.Now()
	app := newApp(t, func(cfg *config.Config) {
		store(cfg)
		cfg.Notify.Mail, cfg.Notify.Webhook.URL = "webhook", hook.URL
	})
	app.notices.queue.Now = func() time.Time { return now }
	createUser(t, app, "jane@example.com", "default")
	createUser(t, app, "john", "default")
	createUser(t, app, "lock@example.com", "default")
	must(t, app, "", "security", "lockUser", map[string]any{"_id": "lock@example.com"}, nil)

	const controller = "kuzzle-plugin-auth-passport-local/password"
	request := func(name string) {
		t.Helper()
		answer := must(t, app, "", controller, "requestReset", nil, map[string]any{"username": name})
		if text, _ := json.Marshal(answer); string(text) != `{"requested":true}` {
			t.Errorf("%s: answered %s", name, text)
		}
	}
	drain := func() []map[string]string {
		t.Helper()
		drainNotices(t, app)
		return hook.taken()
	}
	for _, name := range []string{"nobody@example.com", "john", "lock@example.com"} {
		request(name)
	}
	if got := drain(); len(got) != 0 {
		t.Errorf("sent %v, want nothing to nobody, to whoever has no address, and to whoever is locked", got)
	}

	hook.status = http.StatusServiceUnavailable
	request("Jane@Example.com")
	first := drain()
	hook.status = http.StatusOK
	now = now.Add(time.Minute)
	second := drain()
	if len(first) != 1 || len(second) != 1 || second[0]["to"] != "jane@example.com" || second[0]["kind"] != "password-reset" {
		t.Fatalf("sent %v and then %v, want one mail, tried again", first, second)
	}
	code := codeInText.FindString(second[0]["text"])
	if code == "" || code == codeInText.FindString(first[0]["text"]) {
		t.Errorf("the code of the second try is %q, want a new one", code)
	}
	must(t, app, "", controller, "reset", nil, map[string]any{"token": code, "password": "battery staple"})
	if got := drain(); len(got) != 1 || got[0]["kind"] != "password-changed" || strings.Contains(got[0]["text"], code) {
		t.Errorf("after the reset: %v, want a notice", got)
	}
	for _, dead := range []string{code, codeInText.FindString(first[0]["text"])} {
		if _, err := ask(t, app, "", controller, "reset", nil, map[string]any{"token": dead, "password": "correct horse"}); !errors.Is(err, localstrategy.ErrInvalidToken) {
			t.Errorf("a code from before the new password: %v, want invalid_token", err)
		}
	}

	// One recipient gets so many and no more, however many names and addresses ask.
	for range 20 {
		if err := app.notify(t.Context(), "local", strategies.Notice{Kind: localstrategy.ResetNotice, Name: strategies.Identifier{Kind: "username", Value: "jane@example.com"}, For: time.Hour}, throttle.Again); err != nil {
			t.Fatal(err)
		}
	}
	if got := drain(); len(got) > 5 || len(got) == 0 {
		t.Errorf("one recipient got %d mails of 20, want at most 5", len(got))
	}
}

// TestUnprovedAddresses: with notify.unproved=false a reset goes to a verified contact
// and nowhere else, and every name still gets the same answer.
func TestUnprovedAddresses(t *testing.T) {
	for unproved, want := range map[bool][]string{true: {"jane@example.com", "jane@example.com", "jane@example.net"}, false: {"jane@example.net"}} {
		hook := newHook(t)
		app := newApp(t, func(cfg *config.Config) {
			if !cfg.Notify.Unproved {
				t.Error("by default unproved addresses get no messages")
			}
			cfg.Notify.Mail, cfg.Notify.Webhook.URL, cfg.Notify.Unproved = "webhook", hook.URL, unproved
		})
		createUser(t, app, "jane@example.com", "default")
		var sent []string
		request := func() {
			t.Helper()
			answer := must(t, app, "", "kuzzle-plugin-auth-passport-local/password", "requestReset", nil, map[string]any{"username": "jane@example.com"})
			if text, _ := json.Marshal(answer); string(text) != `{"requested":true}` {
				t.Errorf("answered %s", text)
			}
			drainNotices(t, app)
			for _, m := range hook.taken() {
				if m["kind"] == localstrategy.ResetNotice {
					sent = append(sent, m["to"])
				}
			}
		}
		request()
		must(t, app, "", "security", "createContact", map[string]any{"_id": "jane@example.com"}, map[string]any{"kind": "email", "value": "jane@example.org"})
		request()
		must(t, app, "", "security", "createContact", map[string]any{"_id": "jane@example.com"}, map[string]any{"kind": "email", "value": "jane@example.net", "verified": true})
		request()
		if !slices.Equal(sent, want) {
			t.Errorf("with unproved=%t resets went to %q, want %q", unproved, sent, want)
		}
	}
}
