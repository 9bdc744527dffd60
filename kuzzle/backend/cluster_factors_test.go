package backend

import (
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// raceCodes has two servers of one cluster given the same code of a user's second
// factor at once, each for a login of its own: one of the two gets in.
func raceCodes(t *testing.T, here, there *App) {
	all := map[string]any{"actions": map[string]any{"*": true}}
	must(t, here, "", "security", "createRole", map[string]any{"_id": "enroller"}, map[string]any{"controllers": map[string]any{"auth": all, "totp": all, "backup-code": all}})
	must(t, here, "", "security", "createProfile", map[string]any{"_id": "enrollers"}, map[string]any{"policies": []any{map[string]any{"roleId": "enroller"}}})
	createUser(t, here, "twice", "enrollers")
	token := login(t, here, "twice")
	create := func(strategy string, body map[string]any) {
		t.Helper()
		must(t, here, token, "auth", "createMyCredentials", map[string]any{"strategy": strategy}, body)
	}
	made := must(t, here, token, "totp", "enrol", nil, nil)
	secret, now := made["secret"].(string), time.Now()
	create("totp", map[string]any{"enrolment": made["enrolment"], "code": totptest.Code(t, secret, now)})
	drawn := must(t, here, token, "backup-code", "draw", nil, nil)
	codes := drawn["codes"].([]any)
	create("backup-code", map[string]any{"enrolment": drawn["enrolment"], "code": codes[0]})

	race := func(factor string, code any) {
		t.Helper()
		apps := []*App{here, there}
		var challenges [2]any
		for i, app := range apps {
			challenges[i] = must(t, app, "", "auth", "login", map[string]any{"strategy": "local"}, map[string]any{"username": "twice", "password": "correct horse"})["challenge"]
		}
		var tried sync.WaitGroup
		var errs [2]error
		for i, app := range apps {
			tried.Go(func() {
				_, errs[i] = ask(t, app, "", "auth", "login", map[string]any{"strategy": factor}, map[string]any{"challenge": challenges[i], "code": code})
			})
		}
		tried.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%s: one code at two servers: %v and %v, want one login", factor, errs[0], errs[1])
		}
	}
	race("totp", totptest.Code(t, secret, now.Add(totptest.Step))) // the next half minute's is taken too
	for _, code := range codes[1:5] {
		race("backup-code", code)
	}
}
