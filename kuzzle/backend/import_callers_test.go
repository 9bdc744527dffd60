package backend

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/jobs"
)

// TestJobEndsWithItsCallers: an import writes no row any more once its opener, or a sender of its
// file, was stopped in any way, and says why.
func TestJobEndsWithItsCallers(t *testing.T) {
	app := newApp(t, func(cfg *config.Config) { cfg.Imports.Jobs = 100 })
	importing := func(actions map[string]any) map[string]any {
		return map[string]any{"controllers": map[string]any{"import": map[string]any{"actions": actions}, "auth": map[string]any{"actions": map[string]any{"*": true}}}}
	}
	all := map[string]any{"create": true, "upload": true, "get": true}
	must(t, app, "", "security", "createRole", map[string]any{"_id": "role"}, importing(all))
	for _, profile := range []string{"importers", "others"} {
		must(t, app, "", "security", "createProfile", map[string]any{"_id": profile}, map[string]any{"policies": []any{map[string]any{"roleId": "role"}, map[string]any{"roleId": "default"}}})
	}
	key := func(kuid, id string) string {
		made := must(t, app, login(t, app, kuid), "auth", "createApiKey", map[string]any{"_id": id}, map[string]any{"description": "x"})
		return made["_source"].(map[string]any)["token"].(string)
	}
	for i, test := range []struct {
		name string
		// stop is done to a caller, who has the token. error is in the error of the job, "" if the
		// job goes on.
		stop  func(kuid, token string)
		error string
		byKey bool
	}{
		{"nothing", func(string, string) {}, "", false},
		{"a login elsewhere", func(kuid, _ string) { login(t, app, kuid) }, "", false},
		{"a logout of another session", func(kuid, _ string) { must(t, app, login(t, app, kuid), "auth", "logout", nil, nil) }, "", false},
		{"a new password of one's own", func(_, token string) {
			must(t, app, token, "auth", "updateMyCredentials", map[string]any{"strategy": "local"}, map[string]any{"password": "another correct horse", "currentPassword": "correct horse"})
		}, "", false},
		{"a key that stays", func(string, string) {}, "", true},
		{"a ban", func(kuid, _ string) { must(t, app, "", "security", "banUser", map[string]any{"_id": kuid}, nil) }, "banned", false},
		{"a deletion", func(kuid, _ string) { must(t, app, "", "security", "deleteUser", map[string]any{"_id": kuid}, nil) }, "deleted", false},
		{"another user of that id", func(kuid, _ string) {
			must(t, app, "", "security", "deleteUser", map[string]any{"_id": kuid}, nil)
			createUser(t, app, kuid, "importers")
		}, "deleted", false},
		{"a logout of everything", func(kuid, _ string) {
			must(t, app, login(t, app, kuid), "auth", "logout", map[string]any{"global": true}, nil)
		}, "logged out everywhere", false},
		{"other profiles", func(kuid, _ string) {
			must(t, app, "", "security", "updateUser", map[string]any{"_id": kuid}, map[string]any{"profileIds": []any{"default"}})
		}, "import:", false},
		{"a deleted key", func(kuid, _ string) {
			must(t, app, "", "security", "deleteApiKey", map[string]any{"userId": kuid, "_id": "key-" + kuid}, nil)
		}, "API key", true},
	} {
		for _, role := range []string{"opener", "sender"} {
			t.Run(test.name+" of the "+role, func(t *testing.T) {
				kuid, other := fmt.Sprint("one-", role, i), fmt.Sprint("two-", role, i)
				tokens := map[string]string{}
				for _, name := range []string{kuid, other} {
					createUser(t, app, name, "importers")
					tokens[name] = login(t, app, name)
				}
				if test.byKey {
					tokens[kuid] = key(kuid, "key-"+kuid)
				}
				opener, sender := kuid, other
				if role == "sender" {
					opener, sender = other, kuid
				}
				made := must(t, app, tokens[opener], "import", "create", nil, map[string]any{"source": "s" + kuid})
				id := map[string]any{"_id": made["_id"]}
				text := "id,username\n1,of-" + kuid + "\n"
				must(t, app, tokens[sender], "import", "upload", id, map[string]any{"text": text})
				test.stop(kuid, tokens[kuid])
				must(t, app, "", "import", "upload", id, map[string]any{"text": "", "offset": float64(len(text)), "end": true})
				job := must(t, app, "", "import", "get", map[string]any{"_id": made["_id"], "after": float64(0)}, nil)
				for job["state"] == string(jobs.Running) {
					job = must(t, app, "", "import", "get", map[string]any{"_id": made["_id"], "after": job["rows"]}, nil)
				}
				state, told := job["state"], fmt.Sprint(job["error"])
				if test.error == "" {
					if state != string(jobs.Done) || job["created"] != 1.0 {
						t.Errorf("the import is %v, want it done", job)
					}
				} else if state != string(jobs.Failed) || job["created"] != 0.0 || !strings.Contains(told, test.error) || !strings.Contains(told, kuid) {
					t.Errorf("the import is %v, want a failure that says %q", job, test.error)
				}
			})
		}
	}
	// The role loses one of the two actions while a job of a caller of both waits.
	for _, action := range []string{"create", "upload"} {
		must(t, app, "", "security", "updateRole", map[string]any{"_id": "role"}, importing(all))
		kuid := "of-" + action
		createUser(t, app, kuid, "importers")
		token := login(t, app, kuid)
		made := must(t, app, token, "import", "create", nil, nil)
		id := map[string]any{"_id": made["_id"]}
		text := "username\nby-" + kuid + "\n"
		must(t, app, token, "import", "upload", id, map[string]any{"text": text})
		must(t, app, "", "security", "updateRole", map[string]any{"_id": "role"}, importing(map[string]any{"get": true, action: false, map[string]string{"create": "upload", "upload": "create"}[action]: true}))
		must(t, app, "", "import", "upload", id, map[string]any{"text": "", "offset": float64(len(text)), "end": true})
		job := must(t, app, "", "import", "get", map[string]any{"_id": made["_id"], "after": 0.0}, nil)
		for job["state"] == string(jobs.Running) {
			job = must(t, app, "", "import", "get", map[string]any{"_id": made["_id"], "after": job["rows"]}, nil)
		}
		if told := fmt.Sprint(job["error"]); job["state"] != string(jobs.Failed) || !strings.Contains(told, "import:"+action) {
			t.Errorf("without import:%s the import is %v", action, job)
		}
	}
}
