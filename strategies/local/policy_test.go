package local_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

// policies are options with one policy for everybody.
func policies(rule string) string { return `"passwordPolicies":[{"appliesTo":"*",` + rule + `}]` }

func TestPasswordRules(t *testing.T) {
	for _, row := range []struct {
		name, options, password string
		want                    *fault.Kind
	}{
		{"login in it", policies(`"forbidLoginInPassword":true`), "my ADA password", local.ErrLoginInPassword},
		{"login in full-width letters", policies(`"forbidLoginInPassword":true`), "my ａｄａ password", local.ErrLoginInPassword},
		{"login not in it", policies(`"forbidLoginInPassword":true`), "my password", nil},
		{"too plain", policies(`"passwordRegex":"/^(?=.*[A-Z])(?=.*\\d).{8,}$/"`), "password1", local.ErrWeak},
		{"varied", policies(`"passwordRegex":"/^(?=.*[A-Z])(?=.*\\d).{8,}$/"`), "Password1", nil},
		{"short", policies(`"passwordRegex":"^.{8,}$"`), "seven77", local.ErrWeak},
		{"long enough", policies(`"passwordRegex":"^.{8,}$"`), "eight888", nil},
		{"flag", policies(`"passwordRegex":"/^A+$/i"`), "aaaa", nil},
		{"common", `"forbidCommon":true`, "Iloveyou", local.ErrCommon},
		{"uncommon", `"forbidCommon":true`, "gumption of nine", nil},
		{"guessable", `"strength":3`, "P@ssw0rd1987", local.ErrGuessable},
		{"made of the name", `"strength":2`, "adaada", local.ErrGuessable},
		{"hard to guess", `"strength":4`, "correct horse battery staple", nil},
		{"for another profile", `"passwordPolicies":[{"appliesTo":{"profiles":["staff"]},"passwordRegex":"x{99}"}]`, "second", nil},
		{"for this profile", `"passwordPolicies":[{"appliesTo":{"profiles":["default"]},"passwordRegex":"x{99}"}]`, "second", local.ErrWeak},
		{"for this role", `"passwordPolicies":[{"appliesTo":{"users":["bob"],"roles":["default"]},"passwordRegex":"x{99}"}]`, "second", local.ErrWeak},
		{"for this user", `"passwordPolicies":[{"appliesTo":{"users":["ada"]},"passwordRegex":"x{99}"}]`, "second", local.ErrWeak},
		{"for another user", `"passwordPolicies":[{"appliesTo":{"users":["bob"]},"passwordRegex":"x{99}"}]`, "second", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := lenient(t, row.options)
			wantKind(t, "update", update(h, self, strategies.Credentials{"password": row.password}), row.want)
		})
	}
}

// lenient is a world whose user was created before the options came.
func lenient(t *testing.T, options string) *strategytest.Host {
	t.Helper()
	before := world(t, self, "")
	h := strategytest.NewHost()
	if _, err := h.Mount(local.New, json.RawMessage(`{`+options+`}`)); err != nil {
		t.Fatal(err)
	}
	h.Adopt(before)
	return h
}

func TestReuse(t *testing.T) {
	h := world(t, self, policies(`"forbidReusedPasswordCount":3`))
	change := func(password string) error {
		return update(h, self, strategies.Credentials{"password": password})
	}
	wantKind(t, "the present one", change("first password"), local.ErrReused)
	wantKind(t, "second", change("second"), nil)
	wantKind(t, "third", change("third"), nil)
	for _, old := range []string{"third", "second", "first password"} {
		wantKind(t, "back to "+old, change(old), local.ErrReused)
		wantKind(t, "validating "+old, h.Validate(ctx, "ada", "local", self,
			strategies.Credentials{"username": "ada", "password": old}), local.ErrReused)
	}
	wantKind(t, "rename in between", update(h, self, strategies.Credentials{"username": "lovelace"}), nil)
	wantKind(t, "fourth", change("fourth"), nil)
	wantKind(t, "the first is forgotten", change("first password"), nil)
	wantKind(t, "the third is not", change("third"), local.ErrReused)
}

func TestExpiry(t *testing.T) {
	h := world(t, self, policies(`"expiresAfter":"30 days"`))
	h.Advance(30 * 24 * time.Hour)
	wantKind(t, "on its last day", login(h, "ada", "first password"), nil)
	wantKind(t, "a new name", update(h, admin, strategies.Credentials{"username": "ada2"}), nil)
	h.Advance(time.Millisecond)
	wantKind(t, "a day later", login(h, "ada2", "first password"), local.ErrExpiredPassword)
	wantKind(t, "wrong ones are not told", login(h, "ada2", "wrong"), strategies.ErrRefused)
	wantKind(t, "a new password", update(h, admin, strategies.Credentials{"password": "second"}), nil)
	wantKind(t, "is good again", login(h, "ada2", "second"), nil)
}

func TestMustChange(t *testing.T) {
	h := world(t, admin, policies(`"mustChangePasswordIfSetByAdmin":true`))
	wantKind(t, "set by an administrator", login(h, "ada", "first password"), local.ErrMustChange)
	wantKind(t, "wrong ones are not told", login(h, "ada", "wrong"), strategies.ErrRefused)
	wantKind(t, "changed by the user", update(h, self, strategies.Credentials{"password": "second"}), nil)
	wantKind(t, "is good", login(h, "ada", "second"), nil)
	wantKind(t, "renamed by an administrator", update(h, admin, strategies.Credentials{"username": "ada2"}), nil)
	wantKind(t, "is still good", login(h, "ada2", "second"), nil)

	err := h.CreateUser(ctx, strategytest.User{Kuid: "boss", Roles: []string{"admin"}}, admin,
		map[string]strategies.Credentials{"local": {"username": "boss", "password": "given"}})
	wantKind(t, "creating an administrator", err, nil)
	wantKind(t, "who is exempt", login(h, "boss", "given"), nil)
}

func TestBadOptions(t *testing.T) {
	for _, options := range []string{
		`{"passwordPolicies":[{}]}`, `{"passwordPolicies":[{"appliesTo":"all"}]}`, `{"passwordPolicies":[{"appliesTo":{}}]}`,
		`{"passwordPolicies":[{"appliesTo":{"users":[]}}]}`, `{"passwordPolicies":[{"appliesTo":{"groups":["x"]}}]}`,
		`{"passwordPolicies":[{"appliesTo":"*","passwordRegex":"("}]}`, `{"passwordPolicies":[{"appliesTo":"*","passwordRegex":"(a)\\1"}]}`,
		`{"passwordPolicies":[{"appliesTo":"*","passwordRegex":"/a/q"}]}`, `{"passwordPolicies":[{"appliesTo":"*","passwordRegex":"a(?=b)"}]}`,
		`{"passwordPolicies":[{"appliesTo":"*","expiresAfter":"soon"}]}`, `{"passwordPolicies":[{"appliesTo":"*","forbidReusedPasswordCount":25}]}`,
		`{"strength":5}`, `{"argon2id":{"passes":1}}`, `{"algorithm":"sha512"}`, `{} {}`,
	} {
		if _, err := strategytest.NewHost().Mount(local.New, json.RawMessage(options)); err == nil {
			t.Errorf("%s is accepted", options)
		}
	}
}
