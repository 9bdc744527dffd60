package strategies_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// request is an action in both of its forms: a WebSocket frame, or an HTTP route
// with "{_id}" and the like filled in from args.
type request struct {
	controller, action, route string
	args                      map[string]any
	body                      map[string]any
}

type answer struct {
	Status int
	Error  *struct{ ID, Message string }
	Result any
}

type caller func(request) (answer, error)

func overHTTP(address string) caller {
	return func(r request) (answer, error) {
		verb, path, _ := strings.Cut(r.route, " ")
		for name, value := range r.args {
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(fmt.Sprint(value)))
		}
		var body []byte
		if r.body != nil {
			body, _ = json.Marshal(r.body)
		}
		sent, err := http.NewRequest(verb, "http://"+address+path, bytes.NewReader(body))
		if err != nil {
			return answer{}, err
		}
		sent.Header.Set("content-type", "application/json")
		got, err := http.DefaultClient.Do(sent)
		if err != nil {
			return answer{}, err
		}
		defer got.Body.Close()
		var a answer
		return a, json.NewDecoder(got.Body).Decode(&a)
	}
}

func overWebSocket(t *testing.T, address string) caller {
	socket, _, err := websocket.DefaultDialer.Dial("ws://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	return func(r request) (answer, error) {
		frame := map[string]any{"controller": r.controller, "action": r.action}
		for name, value := range r.args {
			frame[name] = value
		}
		if r.body != nil {
			frame["body"] = r.body
		}
		if err := socket.WriteJSON(frame); err != nil {
			return answer{}, err
		}
		var a answer
		return a, socket.ReadJSON(&a)
	}
}

// useGuided uses every feature that the backend offers a strategy.
func useGuided(t *testing.T, via string, call caller) {
	kuid, key := "robot-"+strings.ToLower(via), "key of "+via
	const secret, other = "0ec2b2ac5b2a4c6f9c7f6f1d7a3e5b90", "e3b0c44298fc1c149afbf4c8996fb924"
	args := map[string]any{"_id": kuid, "strategy": "api-secret"}
	user := func(credentials map[string]any) map[string]any {
		return map[string]any{"content": map[string]any{"profileIds": []string{"default"}}, "credentials": credentials}
	}
	login := func(secret string) request {
		return request{"auth", "login", "POST /_login/{strategy}", args, map[string]any{"key": key, "secret": secret}}
	}
	const create, get = "POST /users/{_id}/_create", "GET /credentials/{strategy}/{_id}"
	good := map[string]any{"key": key, "secret": secret}
	shown := map[string]any{"key": key, "kuid": kuid}

	run(t, call, []step{
		{"a failing second strategy", request{"security", "createUser", create, args,
			user(map[string]any{"api-secret": good, "local": map[string]any{"username": "x"}})}, 400, "", nil},
		{"a failing first strategy", request{"security", "createUser", create, args,
			user(map[string]any{"local": map[string]any{"username": key, "password": "open sesame"}, "api-secret": map[string]any{"key": key}})}, 400, "api.assert.missing_argument", nil},
		{"leaves no user", request{"security", "getUser", "GET /users/{_id}", args, nil}, 404, "security.user.not_found", nil},
		{"nor credentials", login(secret), 401, "plugin.strategy.missing_user", nil},
		{"createUser", request{"security", "createUser", create, args, user(map[string]any{"api-secret": good})}, 200, "", hasID(kuid)},
		{"login", login(secret), 200, "", hasID(kuid)},
		{"a wrong secret", login(other), 401, "plugin.strategy.missing_user", nil},
		{"getCredentialFields", request{"security", "getCredentialFields", "GET /credentials/{strategy}/_fields", args, nil}, 200, "", equals([]any{"key", "secret"})},
		{"getCredentials", request{"security", "getCredentials", get, args, nil}, 200, "", equals(shown)},
		{"searchUsersByCredentials", request{"security", "searchUsersByCredentials", "POST /credentials/{strategy}/users/_search", args,
			map[string]any{"query": map[string]any{"term": map[string]any{"key": key}}}}, 200, "", func(result any) bool {
			page, _ := result.(map[string]any)
			return equals([]any{shown})(page["hits"]) && equals(1.0)(page["total"])
		}},
		{"validateCredentials", request{"security", "validateCredentials", "POST /credentials/{strategy}/{_id}/_validate", args, good}, 200, "", equals(true)},
		{"validating too short a secret", request{"security", "validateCredentials", "POST /credentials/{strategy}/{_id}/_validate", args,
			map[string]any{"key": key, "secret": "short"}}, 400, "plugin.api-secret.short_secret", nil},
		{"updateCredentials", request{"security", "updateCredentials", "PUT /credentials/{strategy}/{_id}/_update", args, map[string]any{"secret": other}}, 200, "", nil},
		{"the old secret", login(secret), 401, "plugin.strategy.missing_user", nil},
		{"the new secret", login(other), 200, "", hasID(kuid)},
		{"deleteCredentials", request{"security", "deleteCredentials", "DELETE /credentials/{strategy}/{_id}", args, nil}, 200, "", nil},
		{"deleted credentials", login(other), 401, "plugin.strategy.missing_user", nil},
	})
}

// resetGuided calls the strategy's own actions, which write a record and log in.
func resetGuided(t *testing.T, via string, call caller) {
	kuid, controller := "ada-"+strings.ToLower(via), "kuzzle-plugin-auth-passport-local/password"
	args := map[string]any{"_id": kuid, "strategy": "local"}
	login := func(password string) request {
		return request{"auth", "login", "POST /_login/{strategy}", args, map[string]any{"username": kuid, "password": password}}
	}
	token := ""
	run(t, call, []step{
		{"createUser", request{"security", "createUser", "POST /users/{_id}/_create", args, map[string]any{
			"content":     map[string]any{"profileIds": []string{"default"}},
			"credentials": map[string]any{"local": map[string]any{"username": kuid, "password": "first password"}}}}, 200, "", nil},
		{"getResetPasswordToken", request{controller, "getResetPasswordToken", "GET /_/password/resetToken/{_id}", args, nil}, 200, "", func(result any) bool {
			object, _ := result.(map[string]any)
			token, _ = object["resetToken"].(string)
			return token != ""
		}},
	})
	reset := request{controller, "reset", "POST /_/password/reset", nil, map[string]any{"password": "second password", "token": token}}
	run(t, call, []step{
		{"reset", reset, 200, "", hasID(kuid)},
		{"a second time", reset, 400, "plugin.kuzzle-plugin-auth-passport-local.invalid_token", nil},
		{"the old password", login("first password"), 401, "plugin.strategy.missing_user", nil},
		{"the new password", login("second password"), 200, "", hasID(kuid)},
	})
}

// step is a request and the expected answer.
type step struct {
	name   string
	send   request
	status int
	error  string
	check  func(result any) bool
}

func run(t *testing.T, call caller, steps []step) {
	t.Helper()
	for _, step := range steps {
		got, err := call(step.send)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		id := ""
		if got.Error != nil {
			id = got.Error.ID
		}
		if got.Status != step.status || step.error != "" && id != step.error || step.check != nil && !step.check(got.Result) {
			t.Errorf("%s: got %d %s %v, want %d %s", step.name, got.Status, id, got.Result, step.status, step.error)
		}
	}
}

func equals(want any) func(any) bool {
	return func(got any) bool { return reflect.DeepEqual(got, want) }
}

func hasID(kuid string) func(any) bool {
	return func(result any) bool {
		object, _ := result.(map[string]any)
		return object["_id"] == kuid
	}
}
