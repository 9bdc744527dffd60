package strategytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

// FactorFixtures describe a strategy to RunSecondFactor. Config is optional.
type FactorFixtures struct {
	// Config is the configuration for New.
	Config json.RawMessage
	// Enrol gives a user of the host the factor, by the strategy's own means, and returns a
	// function that makes proofs. Each call of proof returns a new proof that is right at the time
	// of the call; it may advance the host's clock.
	Enrol func(t *testing.T, host *Host, kuid string) (proof func() strategies.Credentials)
	// Wrong turns a right proof into a wrong one of the same form.
	Wrong func(proof strategies.Credentials) strategies.Credentials
}

// RunSecondFactor proves a strategy that is a second factor. Its subtests are named after the
// proved property.
func RunSecondFactor(t *testing.T, build strategies.New, fx FactorFixtures) {
	t.Helper()
	if fx.Enrol == nil || fx.Wrong == nil {
		t.Fatal("strategytest: FactorFixtures.Enrol and FactorFixtures.Wrong are required")
	}
	for _, part := range []struct {
		name string
		run  func(*testing.T, factorSuite)
	}{
		{"Name", testFactorName}, {"Life", testFactorLife}, {"NoLogin", testFactorAlone}, {"Once", testFactorOnce},
		{"AtOnce", testFactorAtOnce}, {"Wrong", testFactorWrong}, {"Others", testFactorOthers},
		{"HostileInput", testFactorHostile}, {"Secrets", testFactorSecrets},
		{"Challenge", testFactorChallenge}, {"Guesses", testFactorGuesses},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, factorSuite{build, fx}) })
	}
}

type factorSuite struct {
	build strategies.New
	fx    FactorFixtures
}

// enrolled returns a host with user-0, who has the factor, and user-1, who has not.
func (s factorSuite) enrolled(t *testing.T) (fixture, strategies.SecondFactor, func() strategies.Credentials) {
	t.Helper()
	host := NewHost()
	strategy, err := host.Mount(s.build, s.fx.Config)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	factor, ok := strategy.(strategies.SecondFactor)
	if !ok {
		t.Fatalf("%T does not implement strategies.SecondFactor", strategy)
	}
	for _, kuid := range []string{"user-0", "user-1"} {
		if err := host.CreateUser(t.Context(), User{Kuid: kuid}, self(kuid), nil); err != nil {
			t.Fatal(err)
		}
	}
	if factor.Enrolled(nil) {
		t.Error("a user without records is enrolled")
	}
	return fixture{host, strategy, strategy.Name()}, factor, s.fx.Enrol(t, host, "user-0")
}

func testFactorName(t *testing.T, s factorSuite) {
	testName(t, suite{s.build, Fixtures{Config: s.fx.Config}})
	testConfiguration(t, suite{s.build, Fixtures{}})
}

func testFactorLife(t *testing.T, s factorSuite) {
	f, factor, proof := s.enrolled(t)
	rec, ok := f.Record("user-0", f.name)
	if !ok || !factor.Enrolled([]strategies.Record{rec}) {
		t.Fatalf("after Enrol the user is not enrolled (it has a record: %t)", ok)
	}
	for range 3 {
		out, err := f.Confirm(t.Context(), "user-0", f.name, proof())
		if err != nil || out.Kuid != "user-0" || out.Factor != f.name {
			t.Errorf("a right proof leads to %+v, %v, want the user and the factor %s", out, err, f.name)
		}
	}
	if err := f.Delete(t.Context(), "user-0", f.name, admin, nil); err != nil {
		t.Errorf("an administrator cannot delete the factor: %v", err)
	}
	if _, err := f.Confirm(t.Context(), "user-0", f.name, proof()); err == nil {
		t.Error("a deleted factor is still proved")
	}
}

// testFactorAlone checks that a second factor alone logs nobody in: only the first factor
// identifies the user.
func testFactorAlone(t *testing.T, s factorSuite) {
	f, _, proof := s.enrolled(t)
	in := proof()
	f.wantRefused(t, "a proof alone", in)
	in["username"], in["kuid"] = "user-0", "user-0"
	f.wantRefused(t, "a proof with a name", in)
}

func testFactorOnce(t *testing.T, s factorSuite) {
	f, _, proof := s.enrolled(t)
	in := proof()
	out, err := f.Confirm(t.Context(), "user-0", f.name, maps.Clone(in))
	if err != nil {
		t.Fatal(err)
	}
	if !out.Must || len(out.Drop) == 0 {
		t.Errorf("nothing is used up with the login: Must %t, Drop %d records", out.Must, len(out.Drop))
	}
	again := map[string]strategies.Credentials{"the same proof": in}
	for field, value := range in {
		text, ok := value.(string)
		if !ok || text == "" {
			continue
		}
		for what, other := range map[string]string{
			"a space before": " " + text, "a space after": text + " ", "a space within": text[:len(text)/2] + " " + text[len(text)/2:],
			"a line break": text + "\n", "a NUL": text + "\x00", "upper case": strings.ToUpper(text), "lower case": strings.ToLower(text),
			"a hyphen": text[:len(text)/2] + "-" + text[len(text)/2:], "an invisible rune": text + "\u200b",
		} {
			spelled := maps.Clone(in)
			spelled[field] = other
			again[what+" in "+field] = spelled
		}
	}
	for _, what := range sortedKeys(again) {
		if out, err := f.Confirm(t.Context(), "user-0", f.name, again[what]); err == nil {
			t.Errorf("%s, used before, still logs in %q", what, out.Kuid)
		}
	}
}

// All logins read the user before any of them writes, as on servers of a cluster.
func testFactorAtOnce(t *testing.T, s factorSuite) {
	f, factor, proof := s.enrolled(t)
	const logins = 16
	in := proof()
	view, err := f.find(f.name)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := view.Find(t.Context(), "user-0")
	if err != nil {
		t.Fatal(err)
	}
	outs, errs := make([]strategies.Outcome, logins), make([]error, logins)
	var all sync.WaitGroup
	for i := range logins {
		all.Go(func() { outs[i], errs[i] = factor.Confirm(t.Context(), found, maps.Clone(in)) })
	}
	all.Wait()
	entered := 0
	for i, out := range outs {
		if errs[i] != nil {
			continue
		}
		if _, err := f.session(f.name, out); err == nil {
			entered++
		}
	}
	if entered != 1 {
		t.Errorf("of %d concurrent logins with one proof %d succeed, want 1: put the used record in Drop, and set Must", logins, entered)
	}
}

func testFactorWrong(t *testing.T, s factorSuite) {
	f, _, proof := s.enrolled(t)
	before := f.Snapshot()
	_, err := f.Confirm(t.Context(), "user-0", f.name, s.fx.Wrong(proof()))
	if !errors.Is(err, strategies.ErrRefused) {
		t.Errorf("a wrong proof is answered %v, want ErrRefused: only that is sure to count as a guess", err)
	}
	if f.Snapshot() != before {
		t.Error("a wrong proof changes something")
	}
	if _, err := f.Confirm(t.Context(), "user-0", f.name, proof()); err != nil {
		t.Errorf("a right proof after a wrong one: %v", err)
	}
}

func testFactorOthers(t *testing.T, s factorSuite) {
	f, _, proof := s.enrolled(t)
	if _, err := f.Confirm(t.Context(), "user-1", f.name, proof()); err == nil {
		t.Error("a proof by one user counts for another, who has no such factor")
	}
	s.fx.Enrol(t, f.Host, "user-1")
	if _, err := f.Confirm(t.Context(), "user-1", f.name, proof()); err == nil {
		t.Error("a proof by one user counts for another, who has a factor of their own")
	}
}

func testFactorHostile(t *testing.T, s factorSuite) {
	f, _, proof := s.enrolled(t)
	values := hostileValues()
	for field := range proof() {
		for _, what := range sortedKeys(values) {
			in := proof()
			in[field] = values[what]
			f.hostileProof(t, fmt.Sprintf("%s in %q", what, field), in)
		}
		in := proof()
		delete(in, field)
		f.hostileProof(t, fmt.Sprintf("%q left out", field), in)
	}
	f.hostileProof(t, "null", nil)
	f.hostileProof(t, "nothing", strategies.Credentials{})
	for _, reason := range []strategies.Reason{strategies.Create, strategies.Update, strategies.Validate, strategies.Import} {
		for _, field := range append(fieldsOf(f.strategy), "no-such-field") {
			for _, what := range sortedKeys(values) {
				who := strategies.Subject{Kuid: "user-1", By: self("user-1"), Reason: reason}
				_, err := f.strategy.Check(t.Context(), who, strategies.Credentials{field: values[what]})
				wantFault(t, fmt.Sprintf("%s in %q (%s)", what, field, reason), err)
			}
		}
	}
}

func (f fixture) hostileProof(t *testing.T, what string, in strategies.Credentials) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: panic: %v", what, r)
		}
	}()
	_, err := f.Confirm(t.Context(), "user-0", f.name, in)
	wantFault(t, what, err)
}

func testFactorSecrets(t *testing.T, s factorSuite) {
	f, _, proof := s.enrolled(t)
	in := proof()
	rec, _ := f.Record("user-0", f.name)
	if _, err := f.Confirm(t.Context(), "user-0", f.name, maps.Clone(in)); err != nil {
		t.Fatal(err)
	}
	_, _ = f.Confirm(t.Context(), "user-0", f.name, maps.Clone(in))
	shown, err := json.Marshal(f.strategy.Info(rec))
	if err != nil {
		t.Errorf("Info cannot be encoded: %v", err)
	}
	secret := string(rec.Secret)
	for what, text := range printed(rec) {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("%s shows the record's Secret", what)
		}
	}
	if secret != "" && (strings.Contains(string(shown), secret) || strings.Contains(f.Logged(), secret)) {
		t.Error("Info or the log shows the record's Secret")
	}
	for _, value := range in {
		text, _ := value.(string)
		if len(text) >= 6 && strings.Contains(f.Logged(), text) {
			t.Error("the log contains a proof")
		}
		if len(text) >= 6 && strings.Contains(string(shown), text) {
			t.Error("Info shows a proof")
		}
	}
}
