package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

var (
	admin = strategies.Actor{Kuid: "root"}
	self  = strategies.Actor{Kuid: "ada", Self: true}
	ctx   = context.Background()
)

// world returns a host with local and the user ada, {"ada", "first password"}.
func world(t *testing.T, by strategies.Actor, options string) *strategytest.Host {
	t.Helper()
	h := strategytest.NewHost()
	if options != "" {
		options = "," + options
	}
	if _, err := h.Mount(local.New, json.RawMessage(`{`+strings.TrimPrefix(options, ",")+`}`)); err != nil {
		t.Fatal(err)
	}
	err := h.CreateUser(ctx, strategytest.User{Kuid: "ada", Profiles: []string{"default"}, Roles: []string{"default"}}, by,
		map[string]strategies.Credentials{"local": {"username": "ada", "password": "first password"}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func login(h *strategytest.Host, name, password any) error {
	_, _, err := h.LogIn(ctx, "local", strategies.Credentials{"username": name, "password": password})
	return err
}

func update(h *strategytest.Host, by strategies.Actor, changes strategies.Credentials) error {
	return h.Update(ctx, "ada", "local", by, changes)
}

// wantKind compares an error's kind; nil stands for success.
func wantKind(t *testing.T, what string, err error, want *fault.Kind) *fault.Error {
	t.Helper()
	e, ok := fault.From(err)
	switch {
	case want == nil && err != nil:
		t.Errorf("%s: %v, want success", what, err)
	case want != nil && (!ok || e.Kind != want):
		t.Errorf("%s: %v, want %s", what, err, want.ID())
	}
	return e
}

// TestCodes pins the codes that clients compare.
func TestCodes(t *testing.T) {
	for _, row := range []struct {
		kind   *fault.Kind
		code   int32
		status int
	}{
		{local.ErrExpiredPassword, 67108865, 401}, {local.ErrExpiredToken, 67108866, 401}, {local.ErrInvalidToken, 67108867, 400},
		{local.ErrLoginInPassword, 67108868, 400}, {local.ErrMustChange, 67108869, 401}, {local.ErrReused, 67108870, 400},
		{local.ErrWeak, 67108871, 400}, {local.ErrMissing, 0x40050020, 400}, {local.ErrWrongCurrent, 0x40050025, 403},
		{strategies.ErrTaken, 0x40050001, 412}, {strategies.ErrExists, 0x40050002, 412}, {strategies.ErrMissing, 0x40050003, 412},
	} {
		if row.kind.Code() != row.code || row.kind.Status() != row.status {
			t.Errorf("%s: %d %d, want %d %d", row.kind.ID(), row.kind.Code(), row.kind.Status(), row.code, row.status)
		}
	}
}

func TestCreateRefusals(t *testing.T) {
	long := strings.Repeat("x", 4097)
	for _, row := range []struct {
		name  string
		in    strategies.Credentials
		want  *fault.Kind
		field string
	}{
		{"null", nil, local.ErrMissing, "username"},
		{"no name", strategies.Credentials{"password": "p"}, local.ErrMissing, "username"},
		{"empty name", strategies.Credentials{"username": "", "password": "p"}, local.ErrMissing, "username"},
		{"blank name", strategies.Credentials{"username": " \t", "password": "p"}, local.ErrMissing, "username"},
		{"no password", strategies.Credentials{"username": "bob"}, local.ErrMissing, "password"},
		{"empty password", strategies.Credentials{"username": "bob", "password": ""}, local.ErrMissing, "password"},
		{"number", strategies.Credentials{"username": "bob", "password": 123456.0}, local.ErrType, "password"},
		{"list", strategies.Credentials{"username": []any{"bob"}, "password": "p"}, local.ErrType, "username"},
		{"kuid", strategies.Credentials{"username": "bob", "password": "p", "kuid": "ada"}, local.ErrForbidden, "kuid"},
		{"kuid before all else", strategies.Credentials{"kuid": "ada"}, local.ErrForbidden, "kuid"},
		{"empty kuid", strategies.Credentials{"username": "bob", "password": "open sesame", "kuid": nil}, nil, ""},
		{"unknown field", strategies.Credentials{"username": "bob", "passwort": "p"}, local.ErrUnknownField, "passwort"},
		{"long password", strategies.Credentials{"username": "bob", "password": long}, local.ErrTooLong, "password"},
		{"longest password", strategies.Credentials{"username": "bob", "password": long[1:]}, nil, ""},
		{"long name", strategies.Credentials{"username": long[:513], "password": "p"}, local.ErrTooLong, "username"},
		{"taken", strategies.Credentials{"username": "ada", "password": "p"}, strategies.ErrTaken, "username"},
		{"taken in other letters", strategies.Credentials{"username": "ADA", "password": "p"}, strategies.ErrTaken, "username"},
		{"taken before a missing password", strategies.Credentials{"username": "ada"}, strategies.ErrTaken, "username"},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := world(t, admin, "")
			err := h.CreateUser(ctx, strategytest.User{Kuid: "bob"}, admin, map[string]strategies.Credentials{"local": row.in})
			if e := wantKind(t, "createUser", err, row.want); e != nil && !strings.Contains(e.Message(), row.field) {
				t.Errorf("%q does not name %q", e.Message(), row.field)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	h := world(t, admin, "")
	for _, row := range []struct {
		name           string
		user, password any
		want           *fault.Kind
	}{
		{"right", "ada", "first password", nil},
		{"right, other letters", "Ada", "first password", nil},
		{"wrong", "ada", "wrong", strategies.ErrRefused},
		{"cut", "ada", "first passwor", strategies.ErrRefused},
		{"longer by a NUL", "ada", "first password\x00", strategies.ErrRefused},
		{"unknown", "bob", "first password", strategies.ErrRefused},
		{"no password", "ada", nil, strategies.ErrRefused},
		{"empty password", "ada", "", strategies.ErrRefused},
		{"no name", nil, "first password", strategies.ErrRefused},
		{"number", 5.0, "first password", local.ErrType},
		{"long", "ada", strings.Repeat("x", 5000), local.ErrTooLong},
	} {
		wantKind(t, row.name, login(h, row.user, row.password), row.want)
	}
}

func TestUpdate(t *testing.T) {
	h := world(t, self, "")
	before, _ := h.Record("ada", "local")
	wantKind(t, "rename", update(h, admin, strategies.Credentials{"username": "lovelace"}), nil)
	after, _ := h.Record("ada", "local")
	if string(before.Secret) != string(after.Secret) || h.Epoch("ada") != 0 {
		t.Error("a new name changed the proof")
	}
	if got, want := fmt.Sprint(after.Public["username"], after.Identifiers), "lovelace[{username lovelace}]"; got != want {
		t.Errorf("renamed to %s, want %s", got, want)
	}
	wantKind(t, "old name", login(h, "ada", "first password"), strategies.ErrRefused)
	wantKind(t, "new name", login(h, "lovelace", "first password"), nil)
	wantKind(t, "password", update(h, admin, strategies.Credentials{"password": "second password"}), nil)
	if got := h.Epoch("ada"); got != 1 {
		t.Errorf("a new password ended sessions %d times, want 1", got)
	}
	wantKind(t, "old password", login(h, "lovelace", "first password"), strategies.ErrRefused)
	wantKind(t, "both", update(h, admin, strategies.Credentials{"username": "ada", "password": "third password"}), nil)
	wantKind(t, "both new", login(h, "ada", "third password"), nil)
	wantKind(t, "kuid", update(h, admin, strategies.Credentials{"kuid": "bob", "username": "x"}), local.ErrForbidden)
	wantKind(t, "nothing", update(h, admin, strategies.Credentials{}), local.ErrNothingGiven)
}

func TestRequirePassword(t *testing.T) {
	h := world(t, self, `"requirePassword":true`)
	for _, row := range []struct {
		name string
		by   strategies.Actor
		in   strategies.Credentials
		want *fault.Kind
	}{
		{"missing", self, strategies.Credentials{"password": "second password"}, local.ErrMissing},
		{"wrong", self, strategies.Credentials{"password": "second password", "currentPassword": "x"}, local.ErrWrongCurrent},
		{"wrong for a new name", self, strategies.Credentials{"username": "x", "currentPassword": "x"}, local.ErrWrongCurrent},
		{"no text", self, strategies.Credentials{"password": "second password", "currentPassword": 1.0}, local.ErrType},
		{"right", self, strategies.Credentials{"password": "second password", "currentPassword": "first password"}, nil},
		{"administrators need none", admin, strategies.Credentials{"password": "third password"}, nil},
	} {
		wantKind(t, row.name, update(h, row.by, row.in), row.want)
	}
	wantKind(t, "the change that was right", login(h, "ada", "third password"), nil)
	for _, row := range []struct {
		name string
		in   strategies.Credentials
		want *fault.Kind
	}{
		{"delete without", nil, local.ErrMissing},
		{"delete with a wrong one", strategies.Credentials{"currentPassword": "x"}, local.ErrWrongCurrent},
		{"delete with the argument", strategies.Credentials{"password": "third password"}, nil},
	} {
		wantKind(t, row.name, h.Delete(ctx, "ada", "local", self, row.in), row.want)
	}
}

// A login replaces digests of another cost. The login stands even if that fails, and the password
// keeps its age.
func TestRenewal(t *testing.T) {
	before := world(t, self, "")
	h := strategytest.NewHost()
	h.Maker = digest.Hasher{Memory: 128, Passes: 1, Lanes: 1}
	_, err := h.Mount(local.New, json.RawMessage(`{`+policies(`"expiresAfter":"2d"`)+`}`))
	if err != nil {
		t.Fatal(err)
	}
	h.Adopt(before)
	old, _ := h.Record("ada", "local")
	h.Advance(24 * time.Hour)

	h.Calls()
	wantKind(t, "a wrong password", login(h, "ada", "wrong"), strategies.ErrRefused)
	wrong := h.Calls()
	wantKind(t, "an unknown user", login(h, "bob", "wrong"), strategies.ErrRefused)
	if got, want := fmt.Sprint(h.Calls()), fmt.Sprint(wrong); got != want {
		t.Errorf("an unknown user costs %s, a wrong password for a cheap digest %s", got, want)
	}
	wantKind(t, "the right one", login(h, "ada", "first password"), nil)
	renewed, _ := h.Record("ada", "local")
	if string(renewed.Secret) == string(old.Secret) || h.Epoch("ada") != 0 {
		t.Errorf("renewed: %v, sessions ended %d times; want a new digest and no ended session", string(renewed.Secret) != string(old.Secret), h.Epoch("ada"))
	}
	if hashes := h.Hashes(); login(h, "ada", "first password") != nil || h.Hashes() != hashes+1 {
		t.Errorf("the next login takes %d hashes, want 1", h.Hashes()-hashes)
	}
	h.Advance(25 * time.Hour)
	wantKind(t, "two days later", login(h, "ada", "first password"), local.ErrExpiredPassword)
}

func TestDurations(t *testing.T) {
	for _, row := range []struct {
		in   string
		want time.Duration
	}{
		{`"1h"`, time.Hour}, {`"90 s"`, 90 * time.Second}, {`"2 Days"`, 48 * time.Hour}, {`60000`, time.Minute}, {`"0.5h"`, 30 * time.Minute},
		{`"31d"`, 0}, {`-1`, 0}, {`"soon"`, 0}, {`"1h2m"`, 0}, {`true`, 0}, {`{}`, 0}, {`1e300`, 0},
	} {
		h := strategytest.NewHost()
		_, err := h.Mount(local.New, json.RawMessage(`{"resetPasswordExpiresIn":`+row.in+`}`))
		if ok := err == nil; ok != (row.want > 0) {
			t.Errorf("%s: %v", row.in, err)
		}
	}
}
