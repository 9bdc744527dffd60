package systemtest

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/audit"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// audited returns the lines of the audit log with an event, once there are so
// many.
func (s *server) audited(t *testing.T, event string, want int) (lines []audit.Record) {
	t.Helper()
	for late := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		file, err := os.Open(filepath.Join(s.data, "audit.log"))
		if err != nil {
			t.Fatal(err)
		}
		lines = lines[:0]
		for scanner := bufio.NewScanner(file); scanner.Scan(); {
			var line audit.Record
			if err := json.Unmarshal(scanner.Bytes(), &line); err == nil && line.Event == event {
				lines = append(lines, line)
			}
		}
		file.Close()
		if len(lines) >= want {
			return lines
		}
		if time.Now().After(late) {
			t.Fatalf("the audit log has %d of %s, want %d", len(lines), event, want)
		}
	}
}

// TestAuditOfRefusals: a refusal for lack of rights is in the audit log, and so
// are a failed login with its user, and a grant of more rights. An unknown name
// is there as a hash, the same for the same name.
func TestAuditOfRefusals(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t)
		st := newStory(t, s, protocol)
		for range 3 { // within a second they are one line
			st.call(t, call{controller: "security", action: "searchUsers", token: st.kept["limited"]})
		}
		st.call(t, call{controller: "security", action: "deleteUser", args: map[string]any{"_id": "root"}, token: st.kept["limited"]})
		refused := s.audited(t, events.RightsRefused, 2)
		actions := map[string]int{}
		for _, line := range refused {
			action, _ := line.Data[events.Action].(string)
			actions[action]++
			if line.Outcome != events.Refused || line.Actor.Kuid != "limited" || line.Actor.Addr != "127.0.0.1" || line.Data[events.Reason] != "security.rights.forbidden" {
				t.Errorf("refused: %+v", line)
			}
		}
		if actions["security:searchUsers"] == 0 || actions["security:searchUsers"] > 2 || actions["security:deleteUser"] != 1 {
			t.Errorf("refused: %v", actions)
		}
		if code := st.call(t, call{controller: "security", action: "searchUsers"}).status; code != 401 {
			t.Errorf("a stranger: status %d", code)
		}

		for _, name := range []string{"user", "nobody-at-all", "Nobody-At-All"} {
			wantError(t, name, st.call(t, loginAs(name, "a wrong password", "")), 401, "plugin.strategy.missing_user")
		}
		logins := s.audited(t, events.SessionRefused, 3)
		if logins[0].Data[events.Owner] != "user" || logins[0].Actor.Addr != "127.0.0.1" {
			t.Errorf("a login as user: %+v", logins[0])
		}
		tried, _ := logins[1].Data[events.Tried].(string)
		if len(tried) != 32 || logins[2].Data[events.Tried] != tried || logins[1].Data[events.Owner] != nil {
			t.Errorf("logins as nobody: %+v, %+v", logins[1], logins[2])
		}
		if text, _ := json.Marshal(logins); strings.Contains(strings.ToLower(string(text)), "nobody-at-all") {
			t.Errorf("a name that is nobody's is in the log: %s", text)
		}

		before := len(s.audited(t, events.RightsGranted, 0))
		s.operate(t, "security", "updateUser", map[string]any{"_id": "limited"}, map[string]any{"profileIds": []any{"admin"}})
		granted := s.audited(t, events.RightsGranted, before+1)
		if last := granted[len(granted)-1]; last.Subject.ID != "limited" {
			t.Errorf("granted: %+v", last)
		}
	})
}

// TestAuditOfParts: of several items that an action is asked to delete, each that
// the caller has too few rights for is an event of its own, which names it.
func TestAuditOfParts(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t)
		st := newStory(t, s, protocol)
		deletes := map[string]any{"mDeleteUsers": true, "mDeleteRoles": true, "mDeleteProfiles": true}
		s.operate(t, "admin", "loadSecurities", nil, map[string]any{
			"roles": map[string]any{
				"deleter": map[string]any{"controllers": map[string]any{"security": map[string]any{"actions": deletes}}},
				"spare":   map[string]any{"controllers": map[string]any{"*": map[string]any{"actions": map[string]any{"*": true}}}},
			},
			"profiles": map[string]any{
				"deleter": map[string]any{"policies": []any{map[string]any{"roleId": "deleter"}}},
				"grand":   map[string]any{"policies": []any{map[string]any{"roleId": "admin"}}},
			},
			"users": map[string]any{
				"deleter": person("deleter"),
				"mighty":  map[string]any{"content": map[string]any{"profileIds": []any{"admin"}}},
				"idle":    map[string]any{"content": map[string]any{"profileIds": []any{"deleter"}}},
			},
		})
		token, refused := st.login(t, "deleter"), 0
		for _, c := range []struct {
			action string
			ids    []any
			want   []string
		}{
			{"mDeleteUsers", []any{"mighty", "idle", "ghost", "root"}, []string{"mighty", "root"}},
			{"mDeleteRoles", []any{"spare", "ghost"}, []string{"spare"}},
			{"mDeleteProfiles", []any{"grand", "ghost"}, []string{"grand"}},
		} {
			a := st.call(t, call{controller: "security", action: c.action, token: token, hasBody: true, body: map[string]any{"ids": c.ids}})
			if a.status != 206 {
				t.Fatalf("%s: %s", c.action, a.raw)
			}
			var named []string
			refused += len(c.want)
			for _, line := range s.audited(t, events.RightsRefused, refused) {
				if line.Data[events.Action] == "security:"+c.action {
					named = append(named, line.Subject.ID)
					if line.Actor.Kuid != "deleter" || line.Outcome != events.Refused || line.Data[events.Reason] != "security.rights.exceeds_own" {
						t.Errorf("%s: %+v", c.action, line)
					}
				}
			}
			if !slices.Equal(named, c.want) {
				t.Errorf("%s: the audit log names %q as refused, want %q", c.action, named, c.want)
			}
		}
	})
}
