package local_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

// policies returns options with one policy for all users.
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
		{"varied", policies(`"passwordRegex":"/^(?=.*[A-Z])(?=.*\\d).{8,}$/"`), "Varied 1 word", nil},
		{"short", policies(`"passwordRegex":"^.{8,}$"`), "seven77", local.ErrWeak},
		{"long enough", policies(`"passwordRegex":"^.{8,}$"`), "eight 8 8", nil},
		{"flag", policies(`"passwordRegex":"/^[A ]+$/i"`), "aa aaa aa aaa", nil},
		{"common", ``, "Iloveyou", local.ErrCommon},
		{"uncommon", ``, "gumption of nine", nil},
		{"a word of the application", `"forbidWords":["acme","Rocket"]`, "my ROCKET password", local.ErrForbiddenWord},
		{"such a word in full-width letters", `"forbidWords":["acme"]`, "my ａｃｍｅ password", local.ErrForbiddenWord},
		{"no such word", `"forbidWords":["acme"]`, "my other password", nil},
		{"a digest", ``, "$2y$10$OWdRCd0yDJNdykD20stMxO6zGymd8jEw.VXWeiedtMrqpZl/0QbAu", local.ErrIsDigest},
		{"a digest where they may be passwords", `"refuseDigests":false`, "$2y$10$OWdRCd0yDJNdykD20stMxO6zGymd8jEw.VXWeiedtMrqpZl/0QbAu", nil},
		{"what only resembles one", ``, "$2y$10$ is what bcrypt begins with", nil},
		{"hex digits", ``, "5f4dcc3b5aa765d61d8327deb882cf97", nil},
		{"guessable", `"strength":3`, "P@ssw0rd1987", local.ErrGuessable},
		{"made of the name", `"strength":2`, "ada-ada-ada", local.ErrGuessable},
		{"hard to guess", `"strength":4`, "correct horse battery staple", nil},
		{"for another profile", `"passwordPolicies":[{"appliesTo":{"profiles":["staff"]},"passwordRegex":"x{99}"}]`, "second password", nil},
		{"for this profile", `"passwordPolicies":[{"appliesTo":{"profiles":["default"]},"passwordRegex":"x{99}"}]`, "second password", local.ErrWeak},
		{"for this role", `"passwordPolicies":[{"appliesTo":{"users":["bob"],"roles":["default"]},"passwordRegex":"x{99}"}]`, "second password", local.ErrWeak},
		{"for this user", `"passwordPolicies":[{"appliesTo":{"users":["ada"]},"passwordRegex":"x{99}"}]`, "second password", local.ErrWeak},
		{"for another user", `"passwordPolicies":[{"appliesTo":{"users":["bob"]},"passwordRegex":"x{99}"}]`, "second password", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := lenient(t, row.options)
			wantKind(t, "update", update(h, self, strategies.Credentials{"password": row.password}), row.want)
		})
	}
}

// TestCanonicalForm checks that a new password is hashed in its canonical form, however it was
// typed, so that every form of it matches the digest at the first try.
func TestCanonicalForm(t *testing.T) {
	const composed = "Renée öffnet Sesam"
	typed := norm.NFD.String(composed)
	h := world(t, self, "")
	wantKind(t, "update", update(h, self, strategies.Credentials{"password": typed}), nil)
	rec, _ := h.Record("ada", "local")
	var kept struct{ Digest string }
	if err := json.Unmarshal(rec.Secret, &kept); err != nil {
		t.Fatal(err)
	}
	d, err := digest.ParseOwn(kept.Digest, digest.Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	if !d.Matches(composed) || d.Matches(typed) {
		t.Errorf("the digest is of the composed form: %t, of what was typed: %t", d.Matches(composed), d.Matches(typed))
	}
}

// New passwords have eight characters and are not common, unless the configuration says otherwise.
// Imported passwords are exempt.
func TestNewPasswords(t *testing.T) {
	development, err := local.ForDevelopment(nil)
	if err != nil {
		t.Fatal(err)
	}
	longer, err := local.ForDevelopment(json.RawMessage(`{"minLength":10,"forbidCommon":true}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, options, password string
		reason                  strategies.Reason
		want                    *fault.Kind
	}{
		{"seven", `{}`, "wq zx 7", strategies.Create, local.ErrTooShort},
		{"eight", `{}`, "wq zx 78", strategies.Create, nil},
		{"seven of two bytes", `{}`, "éàüñçøß", strategies.Create, local.ErrTooShort},
		{"seven in two parts each", `{}`, norm.NFD.String("éàüñçêô"), strategies.Create, local.ErrTooShort},
		{"eight of two bytes", `{}`, "éàüñçøßå", strategies.Create, nil},
		{"validated", `{}`, "wq zx 7", strategies.Validate, local.ErrTooShort},
		{"common", `{}`, "trustno1", strategies.Create, local.ErrCommon},
		{"common in capitals", `{}`, "PASSWORD123", strategies.Create, local.ErrCommon},
		{"common in full width", `{}`, "ｐａｓｓｗｏｒｄ１２３", strategies.Create, local.ErrCommon},
		{"common, allowed", `{"forbidCommon":false}`, "trustno1", strategies.Create, nil},
		{"another length", `{"minLength":12}`, "wq zx 78901", strategies.Create, local.ErrTooShort},
		{"short, brought along", `{"minLength":12}`, "wq", strategies.Import, nil},
		{"common, brought along", `{}`, "trustno1", strategies.Import, nil},
		{"the published example", `{}`, "foobar", strategies.Create, local.ErrTooShort},
		{"the published example, in development", string(development), "foobar", strategies.Create, nil},
		{"five, in development", string(development), "fooba", strategies.Create, local.ErrTooShort},
		{"set, in development", string(longer), "wq zx 789", strategies.Create, local.ErrTooShort},
		{"common, in development", string(longer), "password123", strategies.Create, local.ErrCommon},
		{"sixty-four", `{"minLength":64}`, strings.Repeat("wq zx 78", 8), strategies.Create, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := strategytest.NewHost().Mount(local.New, json.RawMessage(row.options))
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Check(ctx, strategies.Subject{Reason: row.reason}, strategies.Credentials{"username": "ada", "password": row.password})
			wantKind(t, row.password, err, row.want)
		})
	}
}

// lenient is a world whose user was created before the options were set.
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

// TestReuse: a password that the user had is refused when it is set. A validation does not compare,
// so that nobody guesses with it.
func TestReuse(t *testing.T) {
	h := world(t, self, policies(`"forbidReusedPasswordCount":3`))
	change := func(password string) error {
		return update(h, self, strategies.Credentials{"password": password})
	}
	wantKind(t, "the present one", change("first password"), local.ErrReused)
	wantKind(t, "second", change("second password"), nil)
	wantKind(t, "third", change("third password"), nil)
	for _, old := range []string{"third password", "second password", "first password"} {
		wantKind(t, "back to "+old, change(old), local.ErrReused)
		wantKind(t, "validating "+old, h.Validate(ctx, "ada", "local", self,
			strategies.Credentials{"username": "ada", "password": old}), nil)
	}
	wantKind(t, "rename in between", update(h, self, strategies.Credentials{"username": "lovelace"}), nil)
	wantKind(t, "fourth", change("fourth password"), nil)
	wantKind(t, "the first is forgotten", change("first password"), nil)
	wantKind(t, "the third is not", change("third password"), local.ErrReused)
}

func TestExpiry(t *testing.T) {
	h := world(t, self, policies(`"expiresAfter":"30 days"`))
	h.Advance(30 * 24 * time.Hour)
	wantKind(t, "on its last day", login(h, "ada", "first password"), nil)
	wantKind(t, "a new name", update(h, admin, strategies.Credentials{"username": "ada2"}), nil)
	h.Advance(time.Millisecond)
	wantKind(t, "a day later", login(h, "ada2", "first password"), local.ErrExpiredPassword)
	wantKind(t, "wrong ones are not told", login(h, "ada2", "wrong"), strategies.ErrRefused)
	wantKind(t, "a new password", update(h, admin, strategies.Credentials{"password": "second password"}), nil)
	wantKind(t, "is good again", login(h, "ada2", "second password"), nil)
}

func TestMustChange(t *testing.T) {
	h := world(t, admin, policies(`"mustChangePasswordIfSetByAdmin":true`))
	wantKind(t, "set by an administrator", login(h, "ada", "first password"), local.ErrMustChange)
	wantKind(t, "wrong ones are not told", login(h, "ada", "wrong"), strategies.ErrRefused)
	wantKind(t, "changed by the user", update(h, self, strategies.Credentials{"password": "second password"}), nil)
	wantKind(t, "is good", login(h, "ada", "second password"), nil)
	wantKind(t, "renamed by an administrator", update(h, admin, strategies.Credentials{"username": "ada2"}), nil)
	wantKind(t, "is still good", login(h, "ada2", "second password"), nil)

	err := h.CreateUser(ctx, strategytest.User{Kuid: "boss", Roles: []string{"admin"}}, admin,
		map[string]strategies.Credentials{"local": {"username": "boss", "password": "given by root"}})
	wantKind(t, "creating an administrator", err, nil)
	wantKind(t, "who is exempt", login(h, "boss", "given by root"), nil)
}

func TestBadOptions(t *testing.T) {
	for _, options := range []string{
		`{"passwordPolicies":[{}]}`, `{"passwordPolicies":[{"appliesTo":"all"}]}`, `{"passwordPolicies":[{"appliesTo":{}}]}`,
		`{"passwordPolicies":[{"appliesTo":{"users":[]}}]}`, `{"passwordPolicies":[{"appliesTo":{"groups":["x"]}}]}`,
		`{"passwordPolicies":[{"appliesTo":"*","passwordRegex":"("}]}`, `{"passwordPolicies":[{"appliesTo":"*","passwordRegex":"(a)\\1"}]}`,
		`{"passwordPolicies":[{"appliesTo":"*","passwordRegex":"/a/q"}]}`, `{"passwordPolicies":[{"appliesTo":"*","passwordRegex":"a(?=b)"}]}`,
		`{"passwordPolicies":[{"appliesTo":"*","expiresAfter":"soon"}]}`, `{"passwordPolicies":[{"appliesTo":"*","forbidReusedPasswordCount":25}]}`,
		`{"strength":5}`, `{"minLength":0}`, `{"minLength":65}`, `{"minLength":"8"}`, `{"forbidWords":["ab"]}`, `{"forbidWords":"acme"}`, `{"argon2id":{"passes":1}}`, `{"algorithm":"sha512"}`, `{} {}`,
	} {
		if _, err := strategytest.NewHost().Mount(local.New, json.RawMessage(options)); err == nil {
			t.Errorf("%s is accepted", options)
		}
	}
}
