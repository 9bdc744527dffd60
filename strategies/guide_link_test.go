package strategies_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
)

// mailed waits until the log has the link that was mailed to an address.
func mailed(t *testing.T, log *logtest.Log, email string) (link, token string) {
	t.Helper()
	find := regexp.MustCompile(`http://[^ "\\]*token=([A-Z0-9]+)`)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for line := range strings.Lines(log.String()) {
			if found := find.FindStringSubmatch(line); found != nil && strings.Contains(line, email) {
				return found[0], found[1]
			}
		}
	}
	t.Fatalf("no link comes to %s:\n%s", email, log)
	return "", ""
}

// follow opens a link as a browser does.
func follow(t *testing.T, link string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("following the link: %d %s, %v", res.StatusCode, text, err)
	}
	return string(text)
}

// linkGuided logs in by mailed links, and tries links that must be refused.
func linkGuided(t *testing.T, via string, call caller, address string, log *logtest.Log) {
	kuid := "ada-link-" + strings.ToLower(via)
	email, other := kuid+"@example.org", "other-"+kuid+"@example.org"
	ask := func(email string) request {
		return request{"auth", "login", "POST /_login/{strategy}", map[string]any{"strategy": "magic-link"}, map[string]any{"email": email}}
	}
	login := func(token string) request {
		return request{"auth", "login", "POST /_login/{strategy}", map[string]any{"strategy": "magic-link"}, map[string]any{"token": token}}
	}
	args := map[string]any{"_id": kuid, "strategy": "magic-link"}
	create := func(kuid, email string) request {
		return request{"security", "createUser", "POST /users/{_id}/_create", map[string]any{"_id": kuid}, map[string]any{
			"content": map[string]any{"profileIds": []string{"default"}},
			"credentials": map[string]any{
				"magic-link": map[string]any{"email": email}, "local": map[string]any{"username": kuid, "password": "first password"},
			}}}
	}
	sent := equals(map[string]any{"sent": true})
	var reset string
	run(t, call, []step{
		{"createUser", create(kuid, email), 200, "", nil},
		{"createUser", create("other-"+kuid, other), 200, "", nil},
		{"asking for a link", ask(email), 200, "", sent},
		{"asking for another's", ask(other), 200, "", sent},
		{"asking for one of nobody", ask("nobody-" + email), 200, "", sent},
		{"asking for none", request{"auth", "login", "POST /_login/{strategy}", args, map[string]any{}}, 400, "api.assert.missing_argument", nil},
		{"a token for another purpose", request{"kuzzle-plugin-auth-passport-local/password", "getResetPasswordToken", "GET /_/password/resetToken/{_id}", args, nil}, 200, "", func(result any) bool {
			object, _ := result.(map[string]any)
			reset, _ = object["resetToken"].(string)
			return reset != ""
		}},
	})
	link, token := mailed(t, log, "to="+email)
	for range 3 {
		if page := follow(t, link); !strings.Contains(page, `value="`+token+`"`) {
			t.Fatalf("the page does not send the token:\n%s", page)
		}
	}
	refused := "plugin.strategy.missing_user"
	run(t, call, []step{
		{"a wrong token", login(token[1:] + "A"), 401, refused, nil},
		{"a token for another purpose", login(reset), 401, refused, nil},
		{"a link's token for another purpose", request{"kuzzle-plugin-auth-passport-local/password", "reset", "POST /_/password/reset", nil,
			map[string]any{"token": token, "password": "second password"}}, 400, "plugin.kuzzle-plugin-auth-passport-local.invalid_token", nil},
		{"the token", login(token), 200, "", hasID(kuid)},
		{"a second time", login(token), 401, refused, nil},
	})
	_, token = mailed(t, log, "to="+other)
	run(t, call, []step{
		{"an update of the address", request{"security", "updateCredentials", "PUT /credentials/{strategy}/{_id}/_update",
			map[string]any{"_id": "other-" + kuid, "strategy": "magic-link"}, map[string]any{"email": "new-" + other}}, 200, "", nil},
		{"a link to the address before", login(token), 401, refused, nil},
	})
	if got := strings.Count(log.String(), token); got != 1 {
		t.Errorf("the token is %d times in the log, want in the mail alone", got)
	}
}
