package strategytest

import (
	"context"
	"maps"
	"reflect"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

func testUpdate(t *testing.T, s suite) {
	if s.fx.Change == nil {
		return
	}
	f := s.withUser(t)
	before := s.login(f, s.fx.Credentials(0))
	shown := f.info(t, "user-0")
	changes := s.fx.Change(0)
	if err := f.Update(t.Context(), "user-0", f.name, admin, maps.Clone(changes)); err != nil {
		t.Fatalf("a valid update: %v", err)
	}
	after := s.fx.Credentials(0)
	maps.Copy(after, changes)
	f.wantLogin(t, "user-0", s.login(f, after))
	f.wantRefused(t, "the credentials before the update", before)
	if got, want := len(f.info(t, "user-0")), len(shown); got != want {
		t.Errorf("Info shows %d fields after an update, %d before", got, want)
	}
	if got := f.Epoch("user-0"); got != 1 {
		t.Errorf("a new proof ended the user's other sessions %d times, want 1: does Secret change with it?", got)
	}

	if err := f.CreateUser(t.Context(), User{Kuid: "without"}, admin, nil); err != nil {
		t.Fatal(err)
	}
	wantFault(t, "an update of missing credentials", f.Update(t.Context(), "without", f.name, admin, s.fx.Change(7)))
	wantFault(t, "an update that changes nothing", f.Update(t.Context(), "user-0", f.name, admin, strategies.Credentials{}))
}

func (f fixture) info(t *testing.T, kuid string) strategies.Credentials {
	t.Helper()
	rec, ok := f.Record(kuid, f.name)
	if !ok {
		t.Fatalf("%s has no record", kuid)
	}
	return f.strategy.Info(rec)
}

func testValidate(t *testing.T, s suite) {
	f := s.withUser(t)
	before := f.Snapshot()
	for _, row := range []struct {
		name, kuid string
		in         strategies.Credentials
		ok         bool
	}{
		{"new credentials without a user", "", s.fx.Credentials(1), true},
		{"new credentials of a user", "user-0", s.fx.Credentials(1), true},
		{"a user's own credentials", "user-0", s.fx.Credentials(0), true},
		{"another user's credentials", "", s.fx.Credentials(0), false},
		{"nothing", "", strategies.Credentials{}, false},
		{"null", "", nil, false},
	} {
		err := f.Validate(t.Context(), row.kuid, f.name, admin, row.in)
		switch {
		case !row.ok:
			wantFault(t, row.name, err)
		case err != nil:
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if got := f.Snapshot(); got != before {
		t.Errorf("validating changed the store:\n%s\nbefore:\n%s", got, before)
	}
}

// testNoSideEffects checks that Check and Seal write nothing.
func testNoSideEffects(t *testing.T, s suite) {
	f := s.withUser(t)
	before, hashes := f.Snapshot(), f.Hashes()
	for _, row := range s.judged(t, f) {
		given := maps.Clone(row.in)
		who := row.who
		draft, err := f.strategy.Check(t.Context(), who, given)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if got := f.Hashes(); got != hashes {
			t.Errorf("%s: Check hashed %d times: hash in Seal", row.name, got-hashes)
		}
		if _, err := draft.Seal(t.Context()); err != nil {
			t.Errorf("%s: Seal: %v", row.name, err)
		}
		hashes = f.Hashes()
		if !reflect.DeepEqual(given, row.in) {
			t.Errorf("%s: the input was changed", row.name)
		}
		if got := f.Snapshot(); got != before {
			t.Errorf("%s: Check and Seal changed the store:\n%s\nbefore:\n%s", row.name, got, before)
		}
	}
}

type judged struct {
	name string
	who  strategies.Subject
	in   strategies.Credentials
}

// judged returns a creation and, if the fixtures have Change, an update: by an administrator, and by
// the user if allowed.
func (s suite) judged(t *testing.T, f fixture) []judged {
	t.Helper()
	view, err := f.find(f.name)
	if err != nil {
		t.Fatal(err)
	}
	var all []judged
	add := func(by string, actor func(kuid string) strategies.Actor, proof strategies.Credentials) {
		all = append(all, judged{by + " creates", strategies.Subject{Kuid: "user-1", By: actor("user-1"), Reason: strategies.Create}, s.fx.Credentials(1)})
		if s.fx.Change == nil {
			return
		}
		who, err := view.Subject(t.Context(), "user-0", actor("user-0"), strategies.Update)
		if err != nil {
			t.Fatal(err)
		}
		changes := s.fx.Change(0)
		maps.Copy(changes, proof)
		all = append(all, judged{by + " updates", who, changes})
	}
	add("an administrator", func(string) strategies.Actor { return admin }, nil)
	if s.fx.AdministratorsOnly {
		return all
	}
	var proof strategies.Credentials
	if s.fx.Proof != nil {
		proof = s.fx.Proof(0)
	}
	add("the user", self, proof)
	return all
}

func testIdentifiers(t *testing.T, s suite) {
	f := s.withUser(t)
	for _, row := range s.judged(t, f) {
		draft, err := f.strategy.Check(t.Context(), row.who, row.in)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		first, second := draft.Identifiers(), draft.Identifiers()
		rec, err := draft.Seal(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%s: Identifiers are %v, then %v", row.name, first, second)
		}
		if got, want := rec.Identifiers, first; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the record has the identifiers %v, the draft %v", row.name, got, want)
		}
		for _, id := range first {
			if id.Kind == "" || id.Value == "" {
				t.Errorf("%s: an identifier without kind or value: %+v", row.name, id)
			}
		}
	}
}

// second is a strategy that fails on request.
type second struct {
	at  string
	ids []strategies.Identifier
}

func (second) Name() string { return "failing-second" }
func (s second) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	if s.at == "Check" {
		return nil, strategies.ErrMissing.New("failing-second")
	}
	return s, nil
}
func (s second) Identifiers() []strategies.Identifier { return s.ids }
func (s second) Seal(context.Context) (strategies.Record, error) {
	if s.at == "Seal" {
		return strategies.Record{}, strategies.ErrMissing.New("failing-second")
	}
	return strategies.Record{Identifiers: s.ids}, nil
}
func (second) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}
func (second) Info(strategies.Record) strategies.Credentials { return nil }

func testRollBack(t *testing.T, s suite) {
	for _, at := range []string{"Check", "Claim", "Seal"} {
		t.Run(at, func(t *testing.T) {
			f := s.withUser(t)
			failing := second{at: at}
			if at == "Claim" {
				rec, _ := f.Record("user-0", f.name)
				failing.ids = rec.Identifiers
				if len(failing.ids) == 0 {
					return
				}
			}
			f.mounted = append(f.mounted, &mounted{Host: f.Host, strategy: failing})
			before := f.Snapshot()
			err := f.CreateUser(t.Context(), User{Kuid: "user-1"}, admin,
				map[string]strategies.Credentials{f.name: s.fx.Credentials(1), failing.Name(): {}})
			wantFault(t, "createUser beside a strategy that fails", err)
			if got := f.Snapshot(); got != before {
				t.Errorf("the refused creation left something:\n%s\nbefore:\n%s", got, before)
			}
			f.wantRefused(t, "credentials of the refused creation", s.login(f, s.fx.Credentials(1)))
			f.mustCreate(t, "user-1", s.fx.Credentials(1))
			f.wantLogin(t, "user-1", s.login(f, s.fx.Credentials(1)))
		})
	}
}
