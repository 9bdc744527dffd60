package systemtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

// webhooksTable is the story of an endpoint that nothing is sent to.
func webhooksTable() []scenario {
	const create, remove, replay, deliveries = "webhooks:create", "webhooks:delete", "webhooks:replay", "webhooks:listDeliveries"
	return []scenario{
		{name: "none", as: "admin", do: "webhooks:list", want: `{"hits":[],"total":0}`},
		{name: "create", as: "admin", do: create, body: `{"url":"https://127.0.0.1:9/hook","events":["user.deleted"]}`, keep: map[string]string{"hook": "result._id"},
			want: `{"_id":"<text>","url":"https://127.0.0.1:9/hook","format":"standard","events":["user.deleted"],"createdAt":"<number>","secret":"<text>"}`, events: []string{"webhook.created"}},
		{name: "list", as: "admin", do: "webhooks:list", want: `{"hits":[{"_id":"$hook","url":"https://127.0.0.1:9/hook"}],"total":1}`, lacks: []string{"secret", "whsec_"}},
		{name: "create without a body", as: "admin", do: create, status: 400, error: "api.assert.body_required"},
		{name: "create without a url", as: "admin", do: create, body: `{}`, status: 400, error: "api.assert.missing_argument", props: `["body.url"]`},
		{name: "create with an unknown event", as: "admin", do: create, body: `{"url":"https://127.0.0.1:9/","events":["user.seen"]}`, status: 400, error: "webhooks.endpoint.unknown_event"},
		{name: "create with an unknown format", as: "admin", do: create, body: `{"url":"https://127.0.0.1:9/","format":"yaml"}`, status: 400, error: "webhooks.endpoint.unknown_format"},
		{name: "create without TLS", as: "admin", do: create, body: `{"url":"http://127.0.0.1:9/"}`, status: 400, error: "webhooks.endpoint.invalid_url"},
		{name: "create with a password", as: "admin", do: create, body: `{"url":"https://a:b@127.0.0.1:9/"}`, status: 400, error: "webhooks.endpoint.invalid_url"},
		{name: "create with something else", as: "admin", do: create, body: `{"url":"file:///etc/passwd"}`, status: 400, error: "webhooks.endpoint.invalid_url"},
		{name: "no dead letters", as: "admin", do: "webhooks:listDead", want: `{"hits":[],"total":0}`},
		{name: "nothing to replay", as: "admin", do: replay, want: `{"replayed":0}`},
		{name: "replay, unknown", as: "admin", do: replay, args: `{"_id":"ghost"}`, status: 404, error: "webhooks.letter.not_found"},
		{name: "delete without _id", as: "admin", do: remove, status: 400, error: "api.assert.missing_argument", props: `["_id"]`},
		{name: "delete, unknown", as: "admin", do: remove, args: `{"_id":"ghost"}`, status: 404, error: "webhooks.endpoint.not_found"},
		{name: "no deliveries", as: "admin", do: deliveries, args: `{"_id":"$hook"}`, want: `{"hits":[],"total":0}`},
		{name: "deliveries to nobody", as: "admin", do: deliveries, args: `{"_id":"ghost"}`, status: 404, error: "webhooks.endpoint.not_found", props: `["ghost"]`},
		{name: "deliveries without rights", as: "limited", do: deliveries, status: 403, error: "security.rights.forbidden"},
		{name: "list without rights", as: "limited", do: "webhooks:list", status: 403, error: "security.rights.forbidden"},
		{name: "dead letters without rights", as: "limited", do: "webhooks:listDead", status: 403, error: "security.rights.forbidden"},
		{name: "delete", as: "admin", do: remove, args: `{"_id":"$hook"}`, want: `{"_id":"$hook"}`, events: []string{"webhook.deleted"}},
		{name: "none again", as: "admin", do: "webhooks:list", want: `{"hits":[],"total":0}`},
	}
}

// receiver is a program that is told of events. It checks every signature.
type receiver struct {
	t      *testing.T
	url    string
	secret string

	mu sync.Mutex
	// answer is the status for a message; nil takes all.
	answer func(told) int
	// took are the messages that it took, came those that came.
	took, came []told
	changed    chan struct{}
}

// told is one delivery.
type told struct {
	ID   string `json:"-"`
	Type string `json:"type"`
	Data struct {
		Kuid       string   `json:"kuid"`
		Version    int      `json:"version"`
		ProfileIDs []string `json:"profileIds"`
		Strategy   string   `json:"strategy"`
	} `json:"data"`
	raw string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, changed: make(chan struct{}, 1)}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/hook"
	return r
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	m := told{ID: req.Header.Get("webhook-id"), raw: string(body)}
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", m.ID, req.Header.Get("webhook-timestamp"), body)
	if got, want := req.Header.Get("webhook-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
		r.t.Errorf("signed %s, want %s", got, want)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		r.t.Error(err)
	}
	status := http.StatusNoContent
	if r.answer != nil {
		status = r.answer(m)
	}
	r.came = append(r.came, m)
	if status < 300 {
		r.took = append(r.took, m)
	}
	w.WriteHeader(status)
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *receiver) answers(answer func(told) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// await waits until the received, or the accepted, messages are the expected ones.
func (r *receiver) await(what string, is func(took, came []told) bool) {
	r.t.Helper()
	late := time.After(30 * time.Second)
	for {
		r.mu.Lock()
		took, came := slices.Clone(r.took), slices.Clone(r.came)
		r.mu.Unlock()
		if is(took, came) {
			return
		}
		select {
		case <-r.changed:
		case <-late:
			r.t.Fatalf("%s: took %+v, and %d came", what, took, len(came))
		}
	}
}

func (r *receiver) awaitTaken(what string, want ...string) {
	r.t.Helper()
	defer func() {
		if r.t.Failed() {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if got := said(r.took); !slices.Equal(got, want) {
			r.t.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}()
	r.await(what, func(took, _ []told) bool { return len(took) >= len(want) })
}

// said are messages in a line each.
func said(messages []told) (lines []string) {
	for _, m := range messages {
		lines = append(lines, fmt.Sprintf("%s %s %d%s", m.Type, m.Data.Kuid, m.Data.Version, strings.TrimRight(" "+m.Data.Strategy, " ")))
	}
	return lines
}

func privateHooks(set *settings) { set.Webhooks.PrivateAddresses = true }

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

func (s *server) addHook(t *testing.T, r *receiver, wanted ...string) string {
	t.Helper()
	made := s.operate(t, "webhooks", "create", nil, map[string]any{"url": r.url, "events": anys(wanted)})["result"].(map[string]any)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret, _ = made["secret"].(string)
	s.seen.note(map[string]any{"secret": r.secret})
	return made["_id"].(string)
}

// TestWebhooks: an endpoint is told of all that happens to a user, in order, with
// the user's version and a signature.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	s, r, some := start(t, privateHooks), newReceiver(t), newReceiver(t)
	jdoe := map[string]any{"_id": "jdoe"}
	create := func(id string) {
		s.operate(t, "security", "createUser", map[string]any{"_id": id}, map[string]any{
			"content":     map[string]any{"profileIds": []any{"default"}, "note": "zebra-canary"},
			"credentials": map[string]any{"local": map[string]any{"username": id, "password": canaryPassword}},
		})
	}
	create("before")
	s.addHook(t, r)
	s.addHook(t, some, "user.banned", "user.deleted")
	create("jdoe")
	for _, action := range []string{"banUser", "unbanUser", "unbanUser", "lockUser", "unlockUser"} {
		s.operate(t, "security", action, jdoe, nil)
	}
	s.operate(t, "security", "updateUserMetadata", jdoe, map[string]any{"private": map[string]any{"note": "zebra-canary"}})
	s.operate(t, "security", "updateUser", jdoe, map[string]any{"a": 1})
	s.operate(t, "security", "replaceUser", jdoe, map[string]any{"profileIds": []any{"default"}})
	password := map[string]any{"_id": "jdoe", "strategy": "local"}
	s.operate(t, "security", "updateCredentials", password, map[string]any{"password": canaryPassword + " 2"})
	s.operate(t, "security", "deleteCredentials", password, nil)
	s.operate(t, "security", "createCredentials", password, map[string]any{"username": "jdoe", "password": canaryPassword})
	s.operate(t, "security", "deleteUser", jdoe, nil)
	create("jdoe")
	r.awaitTaken("all", "user.created jdoe 1", "user.banned jdoe 1", "user.unbanned jdoe 1", "user.locked jdoe 1", "user.unlocked jdoe 1",
		"metadata.updated jdoe 2", "user.updated jdoe 3", "user.replaced jdoe 4", "credentials.updated jdoe 5 local", "credentials.deleted jdoe 6 local",
		"credentials.created jdoe 7 local", "user.deleted jdoe 7", "user.created jdoe 1")
	some.awaitTaken("some", "user.banned jdoe 1", "user.deleted jdoe 7")
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := map[string]bool{}
	for _, m := range r.took {
		if ids[m.ID] = true; !strings.HasPrefix(m.ID, "msg_") || len(m.Data.ProfileIDs) != 1 {
			t.Errorf("message %q: %s", m.ID, m.raw)
		}
		for _, secret := range append(slices.Clone(secretTexts), "zebra-canary") {
			if strings.Contains(m.raw, secret) {
				t.Errorf("a delivery tells %q: %s", secret, m.raw)
			}
		}
	}
	if len(ids) != len(r.took) {
		t.Errorf("%d ids of %d messages", len(ids), len(r.took))
	}
}

// TestWebhookEndpointDown: messages that an endpoint does not accept wait, in
// order, across a restart; one refused message delays its user only, becomes a dead
// letter, and is replayed.
func TestWebhookEndpointDown(t *testing.T) {
	t.Parallel()
	keep, r := keeping(t), newReceiver(t)
	s := start(t, privateHooks, keep)
	r.answers(func(told) int { return http.StatusServiceUnavailable })
	s.addHook(t, r)
	create := func(s *server, id string) {
		s.operate(t, "security", "createUser", map[string]any{"_id": id}, map[string]any{"content": map[string]any{"profileIds": []any{"default"}}})
	}
	ban := func(s *server, id string) { s.operate(t, "security", "banUser", map[string]any{"_id": id}, nil) }
	create(s, "one")
	create(s, "two")
	ban(s, "one")
	r.await("a try", func(_, came []told) bool { return len(came) > 0 })
	// It takes one's messages but not the first of two's.
	r.answers(func(m told) int {
		if m.Data.Kuid == "two" {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	r.await("the other user's", func(took, _ []told) bool { return len(took) == 2 })
	r.awaitTaken("up again", "user.created one 1", "user.banned one 1")
	ban(s, "two")
	finds := func(what string) bool {
		found, err := s.app.Checkup(t.Context(), backend.Checkup{})
		return err == nil && slices.ContainsFunc(found.Findings, func(f backend.Finding) bool { return f.About == "webhooks" && strings.Contains(f.Problem, what) })
	}
	for late := time.Now().Add(30 * time.Second); !finds(": 2, the first since"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("two's messages do not wait")
		}
	}
	s.clock.advance(73 * time.Hour)
	list := func() []any {
		return s.operate(t, "webhooks", "listDead", nil, nil)["result"].(map[string]any)["hits"].([]any)
	}
	late := time.Now().Add(30 * time.Second)
	for len(list()) < 2 {
		if time.Now().After(late) {
			t.Fatalf("dead letters: %v", list())
		}
		time.Sleep(10 * time.Millisecond)
	}
	const answered = "the endpoint answered 400"
	for i, want := range []string{"user.created", "user.banned"} {
		dead := list()[i].(map[string]any)
		if dead["type"] != want || dead["kuid"] != "two" || dead["reason"] == "" || dead["lastAnswer"] != answered { // which the second one waited for
			t.Errorf("dead letter %d: %v, want %s of two, and the answer %q", i, dead, want, answered)
		}
	}
	found, err := s.app.Checkup(t.Context(), backend.Checkup{})
	if err != nil || !slices.ContainsFunc(found.Findings, func(f backend.Finding) bool {
		return f.Level == backend.Degraded && f.About == "webhooks" && strings.Contains(f.Problem, ": 2, the last because ") && strings.Contains(f.Problem, answered)
	}) {
		t.Errorf("doctor does not tell of dead letters: %+v, %v", found.Findings, err)
	}
	r.answers(nil)
	if got := s.operate(t, "webhooks", "replay", nil, nil)["result"].(map[string]any)["replayed"]; got != 2.0 {
		t.Errorf("replayed %v, want 2", got)
	}
	r.awaitTaken("replayed", "user.created one 1", "user.banned one 1", "user.created two 1", "user.banned two 1")
	if left := list(); len(left) != 0 {
		t.Errorf("dead letters left: %v", left)
	}
	var sent []any
	taken := func(one any) bool {
		d := one.(map[string]any)
		return d["status"] == 204.0 && d["problem"] == nil && d["attempts"].(float64) > 0
	}
	for late := time.Now().Add(30 * time.Second); len(sent) != 2 || !taken(sent[0]) || !taken(sent[1]); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("deliveries: %v, want the two of the last day", sent)
		}
		sent = s.operate(t, "webhooks", "listDeliveries", nil, nil)["result"].(map[string]any)["hits"].([]any)
	}
}
