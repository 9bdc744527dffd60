package systemtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// The content of the published reference of createUser: the body to send, the frame
// for other protocols, and the answer, with its placeholders.
const (
	referenceBody = `{"content":{"profileIds":["default"],"fullname":"John Doe"},"credentials":{"local":{"username":"jdoe","password":"foobar"}}}`

	referenceFrame = `{
  "controller": "security",
  "action": "createUser",
  "body": {
    "content": {
      "profileIds": ["default"],
      "fullname": "John Doe"
    },
    "credentials": {
      "local": {
        "username": "jdoe",
        "password": "foobar"
      }
    }
  },

  "_id": "<kuid>",
  "refresh": "wait_for",
  "kuid": "human"
}`

	referenceAnswer = `{
  "status": 200,
  "error": null,
  "controller": "security",
  "action": "createUser",
  "requestId": "<unique request identifier>",
  "result": {
    "_id": "<kuid>",
    "_source": {
      "profileIds": ["<profileId>"],
      "fullname": "John Doe"
    },
    "_version": 1,
    "created": true
  }
}`
)

// expected is the published answer for a kuid, "<human>" for a generated one.
func expected(t *testing.T, kuid string) any {
	t.Helper()
	text := strings.NewReplacer("<kuid>", kuid, "<profileId>", "default", "<unique request identifier>", "<text>").Replace(referenceAnswer)
	var want any
	decode(t, text, &want)
	return want
}

// TestReferencePages sends the requests of the published pages to a fresh server that
// is open to this machine, without a login, and compares the answers with theirs.
func TestReferencePages(t *testing.T) {
	t.Parallel()
	emptied := strings.Replace(referenceBody, `{"local":{"username":"jdoe","password":"foobar"}}`, `{}`, 1)
	cases := []struct{ name, path, body, kuid, username string }{
		{"URL(2)", "/users/_create", referenceBody, "<human>", "jdoe"},
		{"URL(2), waiting", "/users/_create?refresh=wait_for", referenceBody, "<human>", "jdoe"},
		{"URL", "/users/john/_create", referenceBody, "john", "jdoe"},
		{"URL, waiting", "/users/john/_create?refresh=wait_for", referenceBody, "john", "jdoe"},
		{"URL(2), empty credentials", "/users/_create?refresh=wait_for", emptied, "<human>", ""},
		{"URL, empty credentials", "/users/john/_create", emptied, "john", ""},
		{"newer name", "/user/_create?refresh=wait_for", referenceBody, "<human>", "jdoe"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, dev)
			client := newHTTPClient(t, s)
			a := client.roundTrip(t, "POST", c.path, http.Header{}, []byte(c.body))
			want := expected(t, c.kuid)
			if strings.HasPrefix(c.path, "/user/") {
				want.(map[string]any)["controller"], want.(map[string]any)["action"] = "user", "create"
			}
			if path, ok := matches(want, any(a.env)); !ok || a.status != 200 {
				t.Fatalf("differs at %s: %s", path, a.raw)
			}
			s.checkLogin(t, client, c.username, a.text("result._id"))
			s.checkExisting(t, client, a.text("result._id"))
		})
	}
}

// checkLogin logs the new user in; without a username that must not be possible.
func (s *server) checkLogin(t *testing.T, client *httpClient, username, kuid string) {
	t.Helper()
	body := `{"username":"jdoe","password":"foobar"}`
	a := client.roundTrip(t, "POST", "/_login/local", http.Header{}, []byte(body))
	if username == "" {
		if a.status != 401 || a.text("error.id") != "plugin.strategy.missing_user" {
			t.Errorf("logging in without credentials: %s", a.raw)
		}
		return
	}
	if a.status != 200 || a.text("result._id") != kuid {
		t.Errorf("logging in as the new user: %s", a.raw)
	}
}

// checkExisting creates the same id again, which is an error.
func (s *server) checkExisting(t *testing.T, client *httpClient, kuid string) {
	t.Helper()
	for _, path := range []string{"/users/" + kuid + "/_create", "/users/_create?_id=" + kuid} {
		a := client.roundTrip(t, "POST", path, http.Header{}, []byte(referenceBody))
		if a.status != 412 || a.text("error.id") != "security.user.already_exists" || a.result() != nil {
			t.Errorf("%s of an id that exists: %s", path, a.raw)
		}
	}
}

// TestReferenceFrame is the same over WebSocket, with and without the optional
// arguments.
func TestReferenceFrame(t *testing.T) {
	t.Parallel()
	optional := `,

  "_id": "<kuid>",
  "refresh": "wait_for",
  "kuid": "human"
}`
	cases := []struct{ name, frame, kuid string }{
		{"as shown", strings.Replace(referenceFrame, "<kuid>", "john", 1), "john"},
		{"without the optional arguments", strings.Replace(referenceFrame, optional, "}", 1), "<human>"},
		{"without an id", strings.Replace(referenceFrame, `"_id": "<kuid>",`, "", 1), "<human>"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			socket := dial(t, start(t, dev))
			if err := socket.conn.WriteMessage(websocket.TextMessage, []byte(c.frame)); err != nil {
				t.Fatal(err)
			}
			_, raw, err := socket.conn.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			if path, ok := matches(expected(t, c.kuid), any(got)); !ok {
				t.Fatalf("differs at %s: %s", path, raw)
			}
			if got["room"] != got["requestId"] {
				t.Errorf("room %v is not the request's id %v", got["room"], got["requestId"])
			}
			login := `{"requestId":"l","controller":"auth","action":"login","strategy":"local","body":{"username":"jdoe","password":"foobar"}}`
			a := socket.roundTrip(t, []byte(login), "l")
			if a.status != 200 || a.at("result._id") != got["result"].(map[string]any)["_id"] {
				t.Errorf("logging in as the new user: %s", a.raw)
			}
		})
	}
}
