package strategytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// testNoEnumeration checks that an unknown user gets the same answer for the same work as a known
// user with a wrong proof. Work is the list of calls to the host, which does not depend on the
// speed of the machine.
func testNoEnumeration(t *testing.T, s suite) {
	f := s.withUser(t)
	f.Calls()
	_, _, wrong := f.LogIn(t.Context(), f.name, s.fx.Wrong(s.login(f, s.fx.Credentials(0))))
	wrongWork := f.Calls()
	_, _, unknown := f.LogIn(t.Context(), f.name, s.login(f, s.fx.Credentials(1)))
	unknownWork := f.Calls()
	if !reflect.DeepEqual(wrongWork, unknownWork) {
		t.Errorf("an unknown user costs %v, a wrong proof %v", unknownWork, wrongWork)
	}
	a, b := wantFault(t, "a wrong proof", wrong), wantFault(t, "an unknown user", unknown)
	if a == nil || b == nil {
		return
	}
	if a.Kind != strategies.ErrRefused || b.Kind != strategies.ErrRefused {
		t.Errorf("answers %s and %s, want ErrRefused", a.ID(), b.ID())
	}
	if a.Message() != b.Message() || !reflect.DeepEqual(a.Props, b.Props) {
		t.Errorf("an unknown user is told %q, a wrong proof %q", b.Message(), a.Message())
	}
}

// testOverload checks that a client gets the pool's own error while the pool is full, and can try
// again.
func testOverload(t *testing.T, s suite) {
	f := s.withUser(t)
	f.Full = digest.ErrPoolFull.New()
	before, hashes := f.Snapshot(), f.Hashes()
	_, _, err := f.LogIn(t.Context(), f.name, s.login(f, s.fx.Credentials(0)))
	if err != nil && !errors.Is(err, digest.ErrPoolFull) {
		t.Errorf("a login that found the pool full answers %v, want the pool's own error", err)
	}
	switch err := f.create(t, "user-1", s.fx.Credentials(1)); {
	case err == nil: // a strategy that hashes nothing is never too busy
	case !errors.Is(err, digest.ErrPoolFull):
		t.Errorf("a creation that found the pool full answers %v, want the pool's own error", err)
	case f.Snapshot() != before:
		t.Error("a creation that found the pool full left something")
	}
	if got := f.Hashes(); got != hashes {
		t.Errorf("hashed %d times outside of the pool", got-hashes)
	}
}

// canary is a secret that can be recognised anywhere.
const canary = "canary-5e1f0c7a-kept-to-itself-1fd2"

func testSecrets(t *testing.T, s suite) {
	if len(s.fx.Secrets) == 0 {
		testSecretProof(t, s)
		return
	}
	f := s.mount(t)
	in := s.fx.Credentials(0)
	if s.fx.Planted != nil {
		in = s.fx.Planted(canary)
	} else {
		for _, field := range s.fx.Secrets {
			if text, ok := in[field].(string); ok {
				in[field] = canary + text
			}
		}
	}
	f.mustCreate(t, "user-0", in)
	rec, _ := f.Record("user-0", f.name)
	if bytes.Contains(rec.Secret, []byte(canary)) {
		t.Error("the record has a secret in clear text: hash it, or seal it")
	}
	seen := map[string]string{
		"Public":      fmt.Sprint(rec.Public),
		"Identifiers": fmt.Sprint(rec.Identifiers),
		"Info":        fmt.Sprint(f.strategy.Info(rec)),
	}
	for what, text := range printed(rec) {
		seen[what] = text
		if kept := string(rec.Secret); kept != "" && strings.Contains(text, kept) {
			t.Errorf("%s shows the record's Secret", what)
		}
	}
	for name, refused := range map[string]func() error{
		"a second user with the same credentials": func() error { return f.create(t, "user-1", in) },
		"a creation with one field more": func() error {
			more := maps.Clone(in)
			more["no-such-field"] = canary
			return f.create(t, "user-1", more)
		},
		"a wrong login": func() error {
			wrong := s.fx.Wrong(s.login(f, in))
			_, _, err := f.LogIn(t.Context(), f.name, wrong)
			return err
		},
		"an update of nobody": func() error { return f.Update(t.Context(), "user-0", f.name, admin, strategies.Credentials{}) },
	} {
		if err := refused(); err != nil {
			seen["the error of "+name] = fmt.Sprintf("%v %+v", err, err)
		}
	}
	f.wantLogin(t, "user-0", s.login(f, in))
	seen["the log"] = f.Logged()
	for what, text := range seen {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows a secret: %.300s", what, text)
		}
	}
}

// testSecretProof is testSecrets for credentials without a secret: then the login must have one.
func testSecretProof(t *testing.T, s suite) {
	f := s.withUser(t)
	created := s.fx.Credentials(0)
	in := s.login(f, created)
	planted := false
	for field := range in {
		if _, known := created[field]; !known {
			in[field], planted = canary, true
		}
	}
	if !planted {
		t.Fatal("strategytest: Fixtures.Secrets names no field, and Login adds none")
	}
	_, _, err := f.LogIn(t.Context(), f.name, in)
	wantFault(t, "a wrong login", err)
	for what, text := range map[string]string{"the error": fmt.Sprintf("%v %+v", err, err), "the log": f.Logged(), "what is kept": f.Snapshot()} {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows a secret: %.300s", what, text)
		}
	}
}

// printed returns a record in all forms in which it could slip into a log or an answer.
func printed(rec strategies.Record) map[string]string {
	encoded, _ := json.Marshal(rec)
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("record", "record", rec, "secret", rec.Secret)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("record", "record", rec, "secret", rec.Secret)
	return map[string]string{
		"%v": fmt.Sprintf("%v", rec), "%+v": fmt.Sprintf("%+v", rec), "%#v": fmt.Sprintf("%#v", rec),
		"%s": fmt.Sprintf("%s", rec.Secret), "%x": fmt.Sprintf("%x", rec.Secret),
		"encoding/json": string(encoded), "log/slog": logged.String(),
	}
}
