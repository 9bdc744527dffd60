package strategytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Fixtures describe a strategy to the suite. Config is optional, and so are the functions that may
// be nil.
type Fixtures struct {
	// Config is the configuration for New.
	Config json.RawMessage
	// Credentials returns valid credentials for createUser: equal for equal n, and different in
	// every field for different n.
	Credentials func(n int) strategies.Credentials
	// Login returns the body of _login for credentials, whether or not they were created on the
	// host. The default is the credentials themselves. It may use the host, such as Host.Notice or
	// a flow of Host.FlowsOf, and is called anew for each login that should succeed. For a user
	// unknown to the host it must return input that looks like that of a known user.
	Login func(host *Host, created strategies.Credentials) strategies.Credentials
	// Once is set if a login uses up its proof, such as a token.
	Once bool
	// Wrong turns right login input into wrong input for the same user.
	Wrong func(login strategies.Credentials) strategies.Credentials
	// Change returns new proofs, in the form that updateCredentials takes, for a user created with
	// Credentials(n).
	Change func(n int) strategies.Credentials
	// Proof returns what users must add to Change(n) for their own credentials, such as the present
	// password: different for different n. Without it they add nothing.
	Proof func(n int) strategies.Credentials
	// AdministratorsOnly is set if users may neither create nor change credentials of their own with
	// the fields of Credentials and Change.
	AdministratorsOnly bool
	// Step returns the input that asks for a further step of a login, such as a code by mail, for
	// the user created with Credentials(n). It is required if Authenticate may return Next.
	Step func(n int) strategies.Credentials
	// Sent returns how many messages the strategy has sent so far, as its stand-in for the outside
	// system counts them. The default counts those by Host.Send.
	Sent func() int
	// Secrets lists the fields of Credentials that nobody may see again. It is empty if only the
	// login has a secret.
	Secrets []string
	// Planted returns valid credentials with the secret somewhere in them, for strategies whose
	// Secrets have a special form. The default puts it in front of every field of Secrets.
	Planted func(secret string) strategies.Credentials
	// Text lists the fields that take any text.
	Text []string
}

// login returns the login input for created credentials, on the fixture's host.
func (s suite) login(f fixture, created strategies.Credentials) strategies.Credentials {
	created = maps.Clone(created)
	if s.fx.Login == nil {
		return created
	}
	return s.fx.Login(f.Host, created)
}

// Run proves a strategy. Its subtests are named after the proved property.
func Run(t *testing.T, build strategies.New, fx Fixtures) {
	t.Helper()
	if fx.Credentials == nil || fx.Wrong == nil {
		t.Fatal("strategytest: Fixtures.Credentials and Fixtures.Wrong are required")
	}
	for _, part := range []struct {
		name string
		run  func(*testing.T, suite)
	}{
		{"Name", testName}, {"Configuration", testConfiguration}, {"Life", testLife}, {"Update", testUpdate}, {"Own", testOwn},
		{"Validate", testValidate}, {"NoSideEffects", testNoSideEffects}, {"Identifiers", testIdentifiers},
		{"RollBack", testRollBack}, {"NoEnumeration", testNoEnumeration}, {"Overload", testOverload},
		{"Secrets", testSecrets}, {"Unicode", testUnicode}, {"HostileInput", testHostileInput},
		{"Concurrency", testConcurrency}, {"Family", testFamily}, {"Actions", testActions},
		{"Guesses", testGuesses}, {"Steps", testSteps}, {"Once", testOnce}, {"Links", testLinks},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, suite{build, fx}) })
	}
}

type suite struct {
	build strategies.New
	fx    Fixtures
}

// fixture is a host with the strategy and user-0, created with Credentials(0).
type fixture struct {
	*Host
	strategy strategies.Strategy
	name     string
}

func (s suite) mount(t *testing.T) fixture {
	t.Helper()
	host := NewHost()
	strategy, err := host.Mount(s.build, s.fx.Config)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return fixture{host, strategy, strategy.Name()}
}

var admin = strategies.Actor{Kuid: "admin"}

func self(kuid string) strategies.Actor { return strategies.Actor{Kuid: kuid, Self: true} }

func (s suite) withUser(t *testing.T) fixture {
	t.Helper()
	f := s.mount(t)
	f.mustCreate(t, "user-0", s.fx.Credentials(0))
	return f
}

func (f fixture) mustCreate(t *testing.T, kuid string, in strategies.Credentials) {
	t.Helper()
	if err := f.create(t, kuid, in); err != nil {
		t.Fatalf("createUser of %s with valid credentials: %v", kuid, err)
	}
}

func (f fixture) create(t *testing.T, kuid string, in strategies.Credentials) error {
	return f.CreateUser(t.Context(), User{Kuid: kuid, Profiles: []string{"default"}, Roles: []string{"default"}},
		admin, map[string]strategies.Credentials{f.name: maps.Clone(in)})
}

func (f fixture) wantLogin(t *testing.T, kuid string, in strategies.Credentials) {
	t.Helper()
	session, out, err := f.LogIn(t.Context(), f.name, in)
	switch {
	case err != nil:
		t.Errorf("right credentials of %s are refused: %v", kuid, err)
	case out.Kuid != kuid || session.Kuid != kuid:
		t.Errorf("the credentials of %s log in %q", kuid, out.Kuid)
	case out.Factor == "":
		t.Error("the outcome names no Factor")
	}
}

func (f fixture) wantRefused(t *testing.T, what string, in strategies.Credentials) {
	t.Helper()
	_, out, err := f.LogIn(t.Context(), f.name, in)
	if err == nil {
		t.Errorf("%s log in %q", what, out.Kuid)
		return
	}
	wantFault(t, what, err)
}

func testName(t *testing.T, s suite) {
	first, second := s.mount(t), s.mount(t)
	if err := strategies.CheckHeaders(headersOf(first.strategy)); err != nil {
		t.Errorf("Headers: %v", err)
	}
	if got := first.name; !strategies.IsName(got) {
		t.Errorf("Name() = %q is not a valid strategy name", got)
	}
	if got, want := second.name, first.name; got != want {
		t.Errorf("a second instance is called %q, the first %q", got, want)
	}
	for _, ability := range []struct {
		name string
		list func(strategies.Strategy) []string
	}{{"Fields", fieldsOf}, {"SearchFields", searchFieldsOf}, {"Headers", headersOf}} {
		got, want := ability.list(first.strategy), ability.list(second.strategy)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(ability.list(first.strategy), want) {
			t.Errorf("%s differs between calls: %v and %v", ability.name, got, want)
		}
	}
}

// headersOf returns the headers that the strategy reads; New must fail if one of them is forbidden.
func headersOf(s strategies.Strategy) []string {
	if with, ok := s.(strategies.Headers); ok {
		return with.Headers()
	}
	return nil
}

func fieldsOf(s strategies.Strategy) []string {
	if lister, ok := s.(strategies.Fields); ok {
		return lister.Fields()
	}
	return nil
}

func searchFieldsOf(s strategies.Strategy) []string {
	if lister, ok := s.(strategies.Searcher); ok {
		return lister.SearchFields()
	}
	return nil
}

// testConfiguration checks that New refuses an invalid configuration instead of ignoring it.
func testConfiguration(t *testing.T, s suite) {
	for _, cfg := range []string{`[`, `"text"`, `{"there-is-no-such-option":1}`} {
		if _, err := NewHost().Mount(s.build, json.RawMessage(cfg)); err == nil {
			t.Errorf("New accepts the configuration %s", cfg)
		}
	}
}

func testLife(t *testing.T, s suite) {
	f := s.withUser(t)
	f.wantLogin(t, "user-0", s.login(f, s.fx.Credentials(0)))
	login := s.login(f, s.fx.Credentials(0))
	f.wantRefused(t, "wrong credentials", s.fx.Wrong(maps.Clone(login)))
	f.wantRefused(t, "credentials of nobody", s.login(f, s.fx.Credentials(1)))
	rec, ok := f.Record("user-0", f.name)
	if !ok {
		t.Fatal("no record is stored")
	}
	if _, err := json.Marshal(f.strategy.Info(rec)); err != nil {
		t.Errorf("Info cannot be encoded: %v", err)
	}
	wantFault(t, "a second user with the same credentials", f.create(t, "user-1", s.fx.Credentials(0)))
	if err := f.Delete(t.Context(), "user-0", f.name, admin, nil); err != nil {
		t.Errorf("an administrator deletes the credentials: %v", err)
	}
	f.wantRefused(t, "deleted credentials", login)
	f.mustCreate(t, "user-2", s.fx.Credentials(0))
	f.wantLogin(t, "user-2", s.login(f, s.fx.Credentials(0)))
}

// testActions checks that actions are declared in a form that roles can name.
func testActions(t *testing.T, s suite) {
	f := s.mount(t)
	actor, ok := f.strategy.(strategies.Actions)
	if !ok {
		return
	}
	seen := map[string]bool{}
	for _, action := range actor.Actions() {
		name := action.Controller + ":" + action.Name
		if action.Controller == "" || action.Name == "" || action.Summary == "" || action.Run == nil {
			t.Errorf("%s lacks Controller, Name, Summary or Run", name)
		}
		if seen[name] {
			t.Errorf("%s is declared twice", name)
		}
		seen[name] = true
		for _, route := range action.Routes {
			verb, path, ok := strings.Cut(route, " ")
			if !ok || !strings.Contains(" GET POST PUT PATCH DELETE ", " "+verb+" ") || !strings.HasPrefix(path, "/") {
				t.Errorf("%s: the route %q is not of the form \"VERB /path\"", name, route)
			}
		}
		for i, call := range hostileCalls() {
			_, err := action.Run(t.Context(), call)
			if err != nil {
				wantFault(t, fmt.Sprintf("%s with hostile call %d", name, i), err)
			}
		}
	}
}
