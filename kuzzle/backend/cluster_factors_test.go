package backend

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"
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
	secret, step := made["secret"].(string), time.Now().Unix()/30
	create("totp", map[string]any{"enrolment": made["enrolment"], "code": codeOf(t, secret, step)})
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
	race("totp", codeOf(t, secret, step+1)) // the next half minute's is taken too
	for _, code := range codes[1:5] {
		race("backup-code", code)
	}
}

// codeOf is the code that an authenticator app shows at a step of half a minute.
func codeOf(t *testing.T, secret string, step int64) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])%(1<<31)%1_000_000)
}
