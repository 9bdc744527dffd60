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
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clerkHook is a program that is told of events in Clerk's shapes. It checks every
// signature.
type clerkHook struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	secret string
	// refuses has so many deliveries refused before one is taken.
	refuses int
	came    []clerkEvent
	changed chan struct{}
}

// clerkEvent is one delivery.
type clerkEvent struct {
	id, signedAt, raw string
	taken             bool

	Object     string         `json:"object"`
	Type       string         `json:"type"`
	Data       map[string]any `json:"data"`
	Attributes struct {
		Request map[string]any `json:"http_request"`
	} `json:"event_attributes"`
	Timestamp int64  `json:"timestamp"`
	Instance  string `json:"instance_id"`
}

// of is the id of the user or the organization that an event is about.
func (e *clerkEvent) of() string {
	field := "id"
	switch {
	case strings.HasPrefix(e.Type, "session."):
		field = "user_id"
	case strings.HasPrefix(e.Type, "organizationInvitation."):
		field = "organization_id"
	case strings.HasPrefix(e.Type, "organizationMembership."):
		inside, _ := e.Data["organization"].(map[string]any)
		id, _ := inside["id"].(string)
		return id
	}
	id, _ := e.Data[field].(string)
	return id
}

func (s clerkServer) clerkHook(t *testing.T, wanted ...string) *clerkHook {
	h := &clerkHook{t: t, changed: make(chan struct{}, 1)}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL + "/clerk"
	made := s.operate(t, "webhooks", "create", nil, map[string]any{"url": h.url, "format": "clerk", "events": anys(wanted)})["result"].(map[string]any)
	if made["format"] != "clerk" {
		t.Errorf("the endpoint is %v", made)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.secret = made["secret"].(string)
	s.seen.note(map[string]any{"secret": h.secret})
	return h
}

// ServeHTTP implements http.Handler.
func (h *clerkHook) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	e := clerkEvent{id: req.Header.Get("svix-id"), signedAt: req.Header.Get("svix-timestamp"), raw: string(body), taken: h.refuses == 0}
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(e.id + "." + e.signedAt + "." + e.raw))
	if got, want := req.Header.Get("svix-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
		h.t.Errorf("signed %s, want %s", got, want)
	}
	if req.Header.Get("webhook-id") != "" {
		h.t.Error("the headers are of both formats")
	}
	if err := json.Unmarshal(body, &e); err != nil {
		h.t.Error(err)
	}
	if h.came = append(h.came, e); !e.taken {
		h.refuses--
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// await waits until so many messages were taken, and returns all deliveries.
func (h *clerkHook) await(want int) []clerkEvent {
	h.t.Helper()
	late := time.After(2 * time.Minute)
	for {
		h.mu.Lock()
		all := slices.Clone(h.came)
		h.mu.Unlock()
		if len(tookOf(all)) >= want {
			return all
		}
		select {
		case <-h.changed:
		case <-late:
			h.t.Errorf("%d messages came, want %d", len(tookOf(all)), want)
			return all
		}
	}
}

// tookOf are the messages that were taken, a repetition left out.
func tookOf(all []clerkEvent) []clerkEvent {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(e clerkEvent) bool {
		again := seen[e.id] || !e.taken
		seen[e.id] = seen[e.id] || e.taken
		return again
	})
}

// hookStory performs changes and records their expected messages.
type hookStory struct {
	clerkServer
	*clerkHook
	t *testing.T
	// want are the types by whom they are about, in order.
	want  map[string][]string
	total int
}

func (h *hookStory) tells(id, types string) {
	fields := strings.Fields(types)
	h.want[id] = append(h.want[id], fields...)
	h.total += len(fields)
}

// do sends a request of Clerk's API, and returns its answer.
func (h *hookStory) do(verb, path, body string, header ...string) map[string]any {
	h.t.Helper()
	a := h.call(h.t, verb, path, body, header...)
	if a.status != 200 {
		h.t.Fatalf("%s %s %s: %d %s", verb, path, body, a.status, a.body)
	}
	return a.object
}

// login logs a user in, and returns the token of the session.
func (h *hookStory) login(id string) string {
	h.t.Helper()
	a := h.kuzzle(h.t, "POST", "/_login/local", `{"username":"`+id+`@example.com","password":"my-secure-password"}`)
	result, _ := a.object["result"].(map[string]any)
	token, _ := result["jwt"].(string)
	if a.status != 200 || token == "" {
		h.t.Fatalf("login: %d %s", a.status, a.body)
	}
	h.seen.note(token)
	return token
}

// promote lets a user do everything, which is told as one user.updated.
func (h *hookStory) promote(id string) {
	h.t.Helper()
	h.operate(h.t, "security", "updateUser", map[string]any{"_id": id}, map[string]any{"profileIds": []any{"admin"}})
}

// own sends a request of Kuzzle's API with a token.
func (h *hookStory) own(token, verb, path, body string) map[string]any {
	h.t.Helper()
	a := h.kuzzle(h.t, verb, path, body, "Authorization", "Bearer "+token)
	if a.status != 200 {
		h.t.Fatalf("%s %s: %d %s", verb, path, a.status, a.body)
	}
	result, _ := a.object["result"].(map[string]any)
	return result
}

// member of an answer, by a path.
func at(object map[string]any, path ...string) string {
	for _, name := range path[:len(path)-1] {
		if list, is := object[name].([]any); is && len(list) > 0 {
			object, _ = list[len(list)-1].(map[string]any)
			continue
		}
		object, _ = object[name].(map[string]any)
	}
	text, _ := object[path[len(path)-1]].(string)
	return text
}

// hookRow is a change of a user with that name, who has a password if the name begins
// with in-, and its expected messages.
type hookRow struct {
	name string
	do   func(h *hookStory, name, id string)
	want string
}

// onUsers are the messages about users.
func onUsers() []hookRow {
	clerk := func(verb, path, body string) func(*hookStory, string, string) {
		return func(h *hookStory, _, id string) { h.do(verb, "/users/"+id+path, body) }
	}
	kuzzle := func(action string, args map[string]any, body any) func(*hookStory, string, string) {
		return func(h *hookStory, _, id string) {
			all := map[string]any{"_id": id}
			for name, value := range args {
				all[name] = value
			}
			h.operate(h.t, "security", action, all, body)
		}
	}
	const updated = " user.updated"
	local := map[string]any{"strategy": "local"}
	return []hookRow{
		{"patch", clerk("PATCH", "", `{"first_name":"Jane","external_id":"ext-patched"}`), updated},
		{"merge", clerk("PATCH", "/metadata", `{"private_metadata":{"crm":7}}`), updated},
		{"replace", clerk("PUT", "/metadata", `{"public_metadata":{"plan":"pro"}}`), updated},
		{"ban", clerk("POST", "/ban", "null"), updated},
		{"unban", func(h *hookStory, _, id string) {
			h.do("POST", "/users/"+id+"/ban", "null")
			h.do("POST", "/users/"+id+"/unban", "null")
		}, updated + updated},
		{"bans", func(h *hookStory, _, id string) {
			h.call(h.t, "POST", "/users/ban", `{"user_ids":["`+id+`"]}`)
		}, updated},
		{"lock", func(h *hookStory, _, id string) {
			h.do("POST", "/users/"+id+"/lock", "null")
			h.do("POST", "/users/"+id+"/unlock", "null")
		}, updated + updated},
		{"address", func(h *hookStory, name, id string) {
			made := h.do("POST", "/email_addresses", `{"user_id":"`+id+`","email_address":"`+name+`2@example.com","verified":true}`)
			h.do("PATCH", "/email_addresses/"+at(made, "id"), `{"primary":true}`)
			h.do("DELETE", "/email_addresses/"+at(made, "id"), "")
		}, updated + updated + updated},
		{"phone", func(h *hookStory, _, id string) {
			made := h.do("POST", "/phone_numbers", `{"user_id":"`+id+`","phone_number":"+12015550199","verified":true}`)
			h.do("DELETE", "/phone_numbers/"+at(made, "id"), "")
		}, updated + updated},
		{"picture", func(h *hookStory, _, id string) {
			body, kind := form(h.t, "file", "GIF89ax")
			h.do("POST", "/users/"+id+"/profile_image", body, "Content-Type", kind)
			h.do("DELETE", "/users/"+id+"/profile_image", "")
		}, updated + updated},
		{"in-password", clerk("PATCH", "", `{"password":"another-secure-password"}`), updated},
		{"gone", clerk("DELETE", "", ""), " user.deleted"},
		{"unchanged", kuzzle("unlockUser", nil, nil), ""},

		{"content", kuzzle("updateUser", nil, map[string]any{"zebra": 1}), updated},
		{"replaced", kuzzle("replaceUser", nil, map[string]any{"profileIds": []any{"default"}}), updated},
		{"banned", kuzzle("banUser", nil, nil), updated},
		{"locked", kuzzle("lockUser", nil, nil), updated},
		{"metadata", kuzzle("updateUserMetadata", nil, map[string]any{"private": map[string]any{"crm": 8}}), updated},
		{"credentials", func(h *hookStory, name, id string) {
			args := map[string]any{"_id": id, "strategy": "local"}
			h.operate(h.t, "security", "createCredentials", args, map[string]any{"username": "user-" + name, "password": canaryPassword})
			h.operate(h.t, "security", "updateCredentials", args, map[string]any{"password": canaryPassword + " 2"})
			h.operate(h.t, "security", "deleteCredentials", args, nil)
		}, updated + updated + updated},
		{"in-reset", kuzzle("updateCredentials", local, map[string]any{"password": canaryPassword}), updated},
		{"deleted", kuzzle("deleteUser", nil, nil), " user.deleted"},
	}
}

// onSessions are the messages about sessions.
func onSessions() []hookRow {
	const created, removed, revoked, ended, updated = " session.created", " session.removed", " session.revoked", " session.ended", " user.updated"
	return []hookRow{
		{"in-logout", func(h *hookStory, name, _ string) { h.own(h.login(name), "POST", "/_logout", "") }, created + removed},
		{"in-revoke", func(h *hookStory, _, id string) {
			made := h.do("POST", "/sessions", `{"user_id":"`+id+`"}`)
			h.do("POST", "/sessions/"+at(made, "id")+"/revoke", "null")
		}, created + revoked},
		{"in-tokens", func(h *hookStory, name, id string) {
			h.login(name)
			h.login(name)
			h.operate(h.t, "security", "revokeTokens", map[string]any{"_id": id}, nil)
		}, created + created + revoked + revoked},
		{"in-everywhere", func(h *hookStory, name, _ string) {
			h.login(name)
			h.own(h.login(name), "POST", "/_logout?global=true", "")
		}, created + created + revoked + revoked},
		{"in-ban", func(h *hookStory, name, id string) {
			h.login(name)
			h.do("POST", "/users/"+id+"/ban", "null")
		}, created + updated + revoked},
		{"in-delete", func(h *hookStory, name, id string) {
			h.login(name)
			h.do("DELETE", "/users/"+id, "")
		}, created + " user.deleted" + ended},
		{"in-other", func(h *hookStory, name, id string) { // the session that changes a password goes on
			h.promote(id)
			h.login(name)
			token := h.login(name)
			h.own(token, "PUT", "/_me/credentials/local/_update", `{"password":"another-secure-password"}`)
			if me := h.own(token, "GET", "/users/_me", ""); me["_id"] != id {
				h.t.Errorf("the session that changed the password ended: %v", me)
			}
		}, updated + created + created + updated + revoked},
		{"in-further", func(h *hookStory, name, id string) { // sessions made by a session end with it
			h.promote(id)
			token := h.login(name)
			h.seen.note(at(h.own(token, "POST", "/_createToken", ""), "token"))
			h.own(token, "POST", "/_logout", "")
		}, updated + created + created + removed + ended},
		{"in-once", func(h *hookStory, name, id string) {
			h.promote(id)
			once := at(h.own(h.login(name), "POST", "/_createToken?singleUse=true", ""), "token")
			h.seen.note(once)
			h.own(once, "GET", "/users/_me", "")
		}, updated + created + created + ended},
		{"in-refresh", func(h *hookStory, name, id string) {
			h.promote(id)
			h.seen.note(at(h.own(h.login(name), "POST", "/_refreshToken", ""), "jwt"))
		}, updated + created},
	}
}

// organizations tests the messages about organizations.
func (h *hookStory) organizations() {
	member := func(name string) string {
		id := h.member(h.t, name)
		h.tells(id, "user.created")
		return id
	}
	anna, bert, cleo := member("anna"), member("bert"), member("cleo")
	acme := at(h.do("POST", "/organizations", `{"name":"Acme","created_by":"`+anna+`","private_metadata":{"crm":1}}`), "id")
	h.tells(acme, "organization.created organizationMembership.created")
	path := "/organizations/" + acme
	h.do("PATCH", path, `{"name":"Acme Inc."}`)
	h.do("PATCH", path+"/metadata", `{"public_metadata":{"plan":"pro"}}`)
	picture, kind := form(h.t, "file", "GIF89ax")
	h.do("PUT", path+"/logo", picture, "Content-Type", kind)
	h.do("DELETE", path+"/logo", "")
	h.tells(acme, "organization.updated organization.updated organization.updated organization.updated")
	for _, kuid := range []string{bert, cleo} {
		h.do("POST", path+"/memberships", `{"user_id":"`+kuid+`","role":"org:member"}`)
	}
	h.do("PATCH", path+"/memberships/"+bert, `{"role":"org:admin"}`)
	h.do("PATCH", path+"/memberships/"+bert, `{"role":"org:admin"}`) // it is one
	h.do("PATCH", path+"/memberships/"+bert+"/metadata", `{"private_metadata":{"desk":4}}`)
	h.do("DELETE", path+"/memberships/"+bert, "")
	h.tells(acme, "organizationMembership.created organizationMembership.created organizationMembership.updated organizationMembership.updated organizationMembership.deleted")
	h.do("DELETE", "/users/"+cleo, "")
	h.tells(cleo, "user.deleted")
	h.tells(acme, "organizationMembership.deleted")
	h.invitations(acme, anna)
	h.do("DELETE", path, "")
	h.tells(acme, "organization.deleted")
}

// invitations tests the messages about invitations to an organization: a revoked one, and
// one accepted by a new user. No message has the link.
func (h *hookStory) invitations(acme, by string) {
	path := "/organizations/" + acme + "/invitations"
	revoked := at(h.do("POST", path, `{"email_address":"dora@example.com","role":"org:member","inviter_user_id":"`+by+`"}`), "id")
	h.do("POST", path+"/"+revoked+"/revoke", `{"requesting_user_id":"`+by+`"}`)
	h.tells(acme, "organizationInvitation.created organizationInvitation.revoked")
	link, err := url.Parse(at(h.do("POST", path, `{"email_address":"emil@example.com","role":"org:member"}`), "url"))
	if err != nil {
		h.t.Fatal(err)
	}
	ticket := link.Query().Get("ticket")
	h.seen.note(ticket)
	a := h.kuzzle(h.t, "POST", "/_login/ticket", `{"ticket":"`+ticket+`","password":"my-secure-password"}`)
	if a.status != 200 {
		h.t.Fatalf("accepted: %d %s", a.status, a.body)
	}
	h.seen.note(at(a.object, "result", "jwt"))
	h.tells(at(a.object, "result", "_id"), "user.created session.created")
	h.tells(acme, "organizationInvitation.created organizationMembership.created organizationInvitation.accepted")
}

// TestClerkWebhooks: an endpoint of Clerk's format gets messages about every change of
// users, sessions and organizations, by either API, and by an import: each once, in
// order, with a signature, and with the resource of Clerk's API.
func TestClerkWebhooks(t *testing.T) {
	t.Parallel()
	s := startClerk(t, privateHooks)
	h := &hookStory{clerkServer: s, clerkHook: s.clerkHook(t), t: t, want: map[string][]string{}}
	plain := newReceiver(t)
	s.addHook(t, plain, "user.created", "metadata.updated")
	ids := map[string]string{}
	for _, row := range append(onUsers(), onSessions()...) {
		password := `"skip_password_requirement":true`
		if strings.HasPrefix(row.name, "in-") {
			password = `"password":"my-secure-password"`
		}
		id := h.make(t, "/users", `{"email_address":["`+row.name+`@example.com"],"private_metadata":{"secret":"zebra-canary"},`+password+`}`)
		ids[row.name] = id
		h.tells(id, "user.created")
		row.do(h, row.name, id)
		h.tells(id, row.want)
	}
	h.operate(t, "security", "createUser", map[string]any{"_id": "kuzzle-made"}, map[string]any{"content": map[string]any{"profileIds": []any{"default"}}})
	h.tells("kuzzle-made", "user.created")
	job := at(h.operate(t, "import", "create", nil, map[string]any{"onConflict": "merge"}), "result", "_id")
	h.operate(t, "import", "upload", map[string]any{"_id": job}, map[string]any{"text": "id,username,email\nbrought,brought,brought@example.com\n", "end": true})
	h.tells("brought", "user.created")
	h.organizations()

	all := tookOf(h.await(h.total))
	got := map[string][]string{}
	for _, e := range all {
		of := e.of()
		if at(e.Data, "email_addresses", "email_address") == "brought@example.com" { // the import chose an id
			of = "brought"
		}
		got[of] = append(got[of], e.Type)
		if e.Object != "event" || !strings.HasPrefix(e.Instance, "ins_") || e.Timestamp == 0 || !strings.HasPrefix(e.id, "msg_") || e.Instance != all[0].Instance {
			t.Errorf("a message without what all have: %s", e.raw)
		}
		for _, secret := range slices.Concat(secretTexts, []string{"my-secure-password", "$argon2"}) {
			if strings.Contains(e.raw, secret) {
				t.Errorf("a delivery tells %q: %s", secret, e.raw)
			}
		}
	}
	// On a cluster messages about different documents have no order among them.
	if onCluster() {
		for _, lists := range []map[string][]string{got, h.want} {
			for _, list := range lists {
				slices.Sort(list)
			}
		}
	}
	for name, id := range ids {
		if diff := cmp.Diff(h.want[id], got[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(h.want, got); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	h.checkData(all, ids)
	for _, m := range func() []told { plain.mu.Lock(); defer plain.mu.Unlock(); return slices.Clone(plain.took) }() {
		if strings.Contains(m.raw, "zebra-canary") || strings.Contains(m.raw, "private_metadata") {
			t.Errorf("the other format tells private metadata: %s", m.raw)
		}
	}
}

// checkData compares the messages with the API's answers.
func (h *hookStory) checkData(all []clerkEvent, ids map[string]string) {
	last := map[string]clerkEvent{}
	for _, e := range all {
		last[e.Type+" "+e.of()] = e
	}
	for _, name := range []string{"patch", "merge", "replace", "phone", "picture", "content", "metadata", "in-password"} {
		shown := h.do("GET", "/users/"+ids[name], "")
		if diff := cmp.Diff(shown, last["user.updated "+ids[name]].Data); diff != "" {
			h.t.Errorf("%s: the data (-API +message):\n%s", name, diff)
		}
	}
	made := last["user.created "+ids["ban"]]
	if made.Data["banned"] != false || !cmp.Equal(made.Data["private_metadata"], any(map[string]any{"secret": "zebra-canary"})) || made.Attributes.Request["client_ip"] != "127.0.0.1" || made.Attributes.Request["user_agent"] != "Go-http-client/1.1" {
		h.t.Errorf("a user who was banned later was told as %s", made.raw)
	}
	if gone := last["user.deleted "+ids["gone"]].Data; !cmp.Equal(gone, map[string]any{"object": "user", "id": ids["gone"], "deleted": true}) {
		h.t.Errorf("the deletion was told as %v", gone)
	}
	for kind, name := range map[string]string{"created": "in-logout", "removed": "in-logout", "revoked": "in-revoke", "ended": "in-once"} {
		data := last["session."+kind+" "+ids[name]].Data
		user, _ := data["user"].(map[string]any)
		status := kind
		if kind == "created" {
			status = "active"
		}
		if data["object"] != "session" || data["status"] != status || user["id"] != ids[name] {
			h.t.Errorf("session.%s was told as %v", kind, data)
		}
	}
	if data := last["session.ended "+ids["in-delete"]].Data; data["user"] != nil || data["user_id"] != ids["in-delete"] {
		h.t.Errorf("the end of a deleted user's session was told as %v", data)
	}
	for _, e := range all {
		inside, _ := e.Data["organization"].(map[string]any)
		switch {
		case e.Type == "organization.created" && (e.Data["name"] != "Acme" || e.Data["object"] != "organization"),
			e.Type == "organization.deleted" && len(e.Data) != 3,
			strings.HasPrefix(e.Type, "organizationMembership.") && (e.Data["object"] != "organization_membership" || inside["name"] == "" || e.Data["role"] == ""),
			strings.HasPrefix(e.Type, "organizationInvitation.") && (e.Data["object"] != "organization_invitation" || e.Data["url"] != nil || strings.Contains(e.raw, "ticket")):
			h.t.Errorf("told: %s", e.raw)
		}
	}
}

// TestClerkWebhookAgain: a refused message is sent again with the same id, the same text
// and a new signature, and no later state replaces it.
func TestClerkWebhookAgain(t *testing.T) {
	t.Parallel()
	s := startClerk(t, privateHooks)
	h := s.clerkHook(t, "user.created", "user.deleted")
	h.mu.Lock()
	h.refuses = 2
	h.mu.Unlock()
	id := s.make(t, "/users", `{"email_address":["again@example.com"],"first_name":"First","external_id":"ext-1","skip_password_requirement":true}`)
	h.await(0)
	s.call(t, "PATCH", "/users/"+id, `{"first_name":"Second"}`)
	s.call(t, "DELETE", "/users/"+id, "")
	came := h.await(2)
	first := came[0]
	for _, e := range came {
		if e.id == first.id && e.raw != first.raw {
			t.Errorf("%s was sent as\n%s and as\n%s", e.id, first.raw, e.raw)
		}
	}
	took := tookOf(came)
	if fmt.Sprint(took[0].Type, took[1].Type) != "user.createduser.deleted" || took[0].id != first.id || len(came) < 4 || took[0].Data["first_name"] != "First" ||
		!cmp.Equal(took[1].Data, map[string]any{"object": "user", "id": id, "deleted": true, "external_id": "ext-1"}) {
		t.Errorf("told: %+v", came)
	}
}
