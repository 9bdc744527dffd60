package systemtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// readingActions are the management actions that change nothing.
var readingActions = map[string]bool{
	"import:get": true, "import:list": true, "import:report": true, "service-keys:list": true, "settings:get": true, "settings:list": true, "settings:listFixed": true, "settings:listStrategies": true,
	"webhooks:list": true, "webhooks:listDead": true, "webhooks:listDeliveries": true, "security:checkRights": true, "security:explain": true, "security:findUser": true,
	"security:getAllCredentialFields": true, "security:getContacts": true, "security:getCredentialFields": true, "security:getCredentials": true,
	"security:getCredentialsById": true, "security:getPicture": true, "security:getProfile": true, "security:getProfileMapping": true,
	"security:getProfileRights": true, "security:getRole": true, "security:getSessions": true, "security:getRoleMapping": true, "security:getUser": true,
	"security:getUserMapping": true, "security:getUserMetadata": true, "security:getUserRights": true, "security:getUserStrategies": true,
	"security:hasCredentials": true, "security:mGetProfiles": true, "security:mGetRoles": true, "security:mGetUsers": true, "security:refresh": true,
	"security:scrollProfiles": true, "security:scrollUsers": true, "security:searchApiKeys": true, "security:searchProfiles": true,
	"security:searchRoles": true, "security:searchUsers": true, "security:searchUsersByCredentials": true, "security:validateCredentials": true,
	"security:whoMay": true, "security:getUserHistory": true, "security:getUserOrganizations": true, "security:listEvents": true, "security:listUsers": true, "security:previewRole": true,
	"security:previewProfile": true, "import:recognise": true,
}

// TestClerkActing: an actor in a user's place, even an administrator, can change no login
// and take no credentials along, reads the administrator's data and changes none of it, but
// may do the user's work. The audit log names the actor.
func TestClerkActing(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		clerk := startClerk(t)
		st := newStory(t, clerk.server, protocol)
		acting := map[string]string{}
		for _, kuid := range []string{"user", "root"} {
			made := clerk.ticket(t, "/actor_tokens", `{"user_id":"`+kuid+`","actor":{"sub":"user_boss"}}`)
			a := st.call(t, call{
				controller: "auth", action: "login", args: map[string]any{"strategy": "ticket"}, hasBody: true,
				body: map[string]any{"ticket": made.object["token"]},
			})
			if acting[kuid] = a.text("result.jwt"); a.status != 200 || acting[kuid] == "" {
				t.Fatalf("as %s: %s", kuid, a.raw)
			}
		}
		further := st.call(t, call{controller: "auth", action: "createToken", token: acting["user"]})
		acting["further"] = further.text("result.token")
		contact := st.call(t, call{controller: "security", action: "createContact", args: map[string]any{"_id": "user"}, token: st.kept["admin"], hasBody: true, body: map[string]any{"kind": "email", "value": "user@example.com"}})
		id := contact.text("result.id")
		local, password := map[string]any{"strategy": "local"}, map[string]any{"password": "the-password-of-another"}
		own := map[string]any{"_id": "root", "strategy": "local"}
		email := map[string]any{"kind": "email", "value": "boss@example.com"}
		for _, try := range []struct {
			as, controller, action string
			args                   map[string]any
			body                   any
		}{
			{"user", "auth", "updateMyCredentials", local, password},
			{"further", "auth", "updateMyCredentials", local, password},
			{"user", "auth", "createMyCredentials", map[string]any{"strategy": "totp"}, map[string]any{"enrolment": "x", "code": "000000"}},
			{"user", "auth", "deleteMyCredentials", local, nil},
			{"user", "auth", "createMyContact", nil, email},
			{"user", "auth", "verifyMyContact", map[string]any{"contactId": id}, nil},
			{"user", "auth", "verifyMyContact", map[string]any{"contactId": id}, map[string]any{"code": "000000"}},
			{"user", "auth", "deleteMyContact", map[string]any{"contactId": id}, nil},
			{"user", "auth", "createApiKey", nil, map[string]any{"description": "x"}},
			{"user", "auth", "deleteApiKey", map[string]any{"_id": "x"}, nil},
			{"root", "totp", "enrol", nil, nil},
			{"root", "backup-code", "draw", nil, nil},
			{"root", passwordController, "getResetPasswordToken", map[string]any{"_id": "root"}, nil},
			{"root", passwordController, "getResetPasswordToken", map[string]any{"_id": "user"}, nil},
			{"root", "security", "updateCredentials", own, password},
			{"root", "security", "deleteCredentials", own, nil},
			{"root", "security", "createContact", map[string]any{"_id": "root"}, email},
			{"root", "security", "createApiKey", map[string]any{"userId": "root"}, map[string]any{"description": "x"}},
			{"root", "security", "updateCredentials", map[string]any{"_id": "user", "strategy": "local"}, password},
			{"root", "security", "createUser", nil, map[string]any{"content": map[string]any{"profileIds": []any{"admin"}}, "credentials": map[string]any{"local": map[string]any{"username": "boss", "password": "my-secure-password"}}}},
			{"root", "security", "updateUser", map[string]any{"_id": "user"}, map[string]any{"profileIds": []any{"admin"}}},
			{"root", "service-keys", "create", nil, map[string]any{"kind": "test"}},
		} {
			a := st.call(t, call{controller: try.controller, action: try.action, args: try.args, hasBody: try.body != nil, body: try.body, token: acting[try.as]})
			wantError(t, try.as+" "+try.controller+":"+try.action, a, 403, "security.token.acting")
		}
		for _, do := range everyAction(t, clerk.server) {
			controller, action := split(canonical(do))
			if !slices.Contains([]string{"security", "admin", "import", "service-keys", "settings", "webhooks"}, controller) {
				continue
			}
			a := st.call(t, call{controller: controller, action: action, token: acting["root"]})
			if refused, reads := strings.Contains(string(a.raw), "security.token.acting"), readingActions[controller+":"+action]; refused == reads {
				t.Errorf("%s is refused: %v, want %v: %s", do, refused, !reads, a.raw)
			}
		}
		st.login(t, "user")
		st.login(t, "root")
		wantError(t, "the user's content", st.call(t, call{controller: "auth", action: "updateSelf", token: acting["user"], hasBody: true, body: map[string]any{"name": "Jane"}}), 200, "")
		wantError(t, "the end of the session", st.call(t, call{controller: "auth", action: "logout", token: acting["user"]}), 200, "")

		for event, want := range map[string]string{events.UserUpdated: "user", events.SessionRevoked: "user"} {
			lines := clerk.audited(t, event, 1)
			if last := lines[len(lines)-1]; last.Actor.Act != "user_boss" || last.Actor.Kuid != want {
				t.Errorf("%s is by %+v", event, last.Actor)
			}
		}
		for _, line := range clerk.audited(t, events.FlowCreated, 2) {
			if line.Data[events.Act] != "user_boss" || line.Actor.Act != "" {
				t.Errorf("a ticket: %+v", line)
			}
		}
		opened := map[string]int{}
		for _, line := range clerk.audited(t, events.SessionCreated, 8) {
			opened[line.Actor.Kuid+" "+line.Actor.Act]++
		}
		if opened["user user_boss"] != 2 || opened["root user_boss"] != 1 || opened["user "] != 2 {
			t.Errorf("sessions are opened by %v", opened)
		}
	})
}
