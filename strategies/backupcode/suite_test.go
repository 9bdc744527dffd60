package backupcode_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

func TestContract(t *testing.T) {
	strategytest.RunSecondFactor(t, backupcode.New, strategytest.FactorFixtures{
		Enrol: func(t *testing.T, host *strategytest.Host, kuid string) func() strategies.Credentials {
			codes := enrol(t, host, kuid)
			return func() strategies.Credentials {
				next := codes[0]
				codes = append(codes[1:], next)
				return strategies.Credentials{"code": next}
			}
		},
		Wrong: func(proof strategies.Credentials) strategies.Credentials {
			code := proof["code"].(string)
			return strategies.Credentials{"code": code[:2] + "uuuuu" + code[7:]} // no code has a u
		},
	})
}

func enrol(t *testing.T, host *strategytest.Host, kuid string) []string {
	t.Helper()
	answer, err := host.Act(t.Context(), backupcode.Name, "draw", strategies.Call{Kuid: kuid})
	if err != nil {
		t.Fatal(err)
	}
	drawn := answer.(backupcode.Drawn)
	self := strategies.Actor{Kuid: kuid, Self: true}
	err = host.Create(t.Context(), kuid, backupcode.Name, self, strategies.Credentials{"enrolment": drawn.Enrolment, "code": "0-uuuuu-uuuuu"})
	if !errors.Is(err, backupcode.ErrWrongCode) {
		t.Errorf("an enrolment without one of its codes: %v", err)
	}
	err = host.Create(t.Context(), kuid, backupcode.Name, self, strategies.Credentials{"enrolment": drawn.Enrolment, "code": drawn.Codes[3]})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(drawn.Codes)
}

func mount(t *testing.T) (*strategytest.Host, *backupcode.Strategy) {
	t.Helper()
	host := strategytest.NewHost()
	strategy, err := host.Mount(backupcode.New, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := host.CreateUser(t.Context(), strategytest.User{Kuid: "u"}, strategies.Actor{}, nil); err != nil {
		t.Fatal(err)
	}
	return host, strategy.(*backupcode.Strategy)
}

// TestAllCodes checks that each of ten codes works once, in any spelling, for one hash, and that a
// user without codes does not have the factor.
func TestAllCodes(t *testing.T) {
	host, strategy := mount(t)
	codes := enrol(t, host, "u")
	if len(codes) != 10 {
		t.Fatalf("%d codes are drawn, want 10", len(codes))
	}
	for i, code := range codes {
		rec, _ := host.Record("u", backupcode.Name)
		if got := strategy.Info(rec)["left"]; got != 10-i || !strategy.Enrolled([]strategies.Record{rec}) {
			t.Errorf("%v codes are left after %d", got, i)
		}
		before := host.Hashes()
		spelled := " " + strings.ToUpper(strings.ReplaceAll(code, "-", " "))
		if _, err := host.Confirm(t.Context(), "u", backupcode.Name, strategies.Credentials{"code": spelled}); err != nil {
			t.Errorf("code %d as %q: %v", i, spelled, err)
		}
		if _, err := host.Confirm(t.Context(), "u", backupcode.Name, strategies.Credentials{"code": code}); !errors.Is(err, strategies.ErrRefused) {
			t.Errorf("code %d again: %v", i, err)
		}
		if got := host.Hashes() - before; got != 2 {
			t.Errorf("a right and a wrong code cost %d hashes, want one each", got)
		}
	}
	rec, _ := host.Record("u", backupcode.Name)
	if strategy.Enrolled([]strategies.Record{rec}) {
		t.Error("a user whose codes are used up still has the factor")
	}
}

// TestBroughtCodes checks that imported codes work once, in clear text until upkeep hashes them,
// and as imported digests.
func TestBroughtCodes(t *testing.T) {
	host, strategy := mount(t)
	digests := enrol(t, host, "u")
	rec, _ := host.Record("u", backupcode.Name)
	_, exported, err := strategy.Export(t.Context(), rec)
	if err != nil {
		t.Fatal(err)
	}
	check := func(codes any) (strategies.Record, error) {
		draft, err := strategy.Check(t.Context(), strategies.Subject{Kuid: "u", Reason: strategies.Import}, strategies.Credentials{backupcode.Codes: codes})
		if err != nil {
			return strategies.Record{}, err
		}
		return draft.Seal(t.Context())
	}
	confirm := func(rec strategies.Record, code string) error {
		_, err := strategy.Confirm(t.Context(), strategies.Found{Kuid: "u", Records: []strategies.Record{rec}}, strategies.Credentials{"code": code})
		return err
	}
	if rec, err = check(exported[backupcode.Codes]); err != nil || confirm(rec, digests[7]) != nil || confirm(rec, "7-uuuuu-uuuuu") == nil {
		t.Errorf("digests that were exported: %v, %v", err, confirm(rec, digests[7]))
	}
	if rec, err = check([]any{"ABCD-1234", "wxyz 5678"}); err != nil {
		t.Fatal(err)
	}
	better, ok, err := strategy.Improve(t.Context(), rec)
	if err != nil || !ok || better.Public["protection"] != "hashed" || rec.Public["protection"] != "sealed" {
		t.Fatalf("upkeep: %t, %v, %v after %v", ok, err, better.Public, rec.Public)
	}
	for what, rec := range map[string]strategies.Record{"encrypted": rec, "hashed": better} {
		if err := confirm(rec, "abcd1234"); err != nil {
			t.Errorf("a brought code, %s: %v", what, err)
		}
		if err := confirm(rec, "abcd1235"); !errors.Is(err, strategies.ErrRefused) {
			t.Errorf("a wrong code, %s: %v", what, err)
		}
	}
	if _, again, _ := strategy.Improve(t.Context(), better); again {
		t.Error("codes that are hashed wait for upkeep")
	}
	for _, codes := range []any{nil, "abcd1234", []any{}, []any{7.0}, []any{"short"}, []any{"$argon2id$v=19$m=1,t=1,p=1$nonsense"}, []any{"{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="}, []any{strings.Repeat("5f", 16)}, slices.Repeat([]any{"abcd1234"}, 51)} {
		if _, err := check(codes); err == nil {
			t.Errorf("%v are taken for codes", codes)
		}
	}
}
