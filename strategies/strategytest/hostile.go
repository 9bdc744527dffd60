package strategytest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

// hostileValues are values that a client may send in a text field. Those that are texts may be
// accepted.
func hostileValues() map[string]any {
	deep := any("x")
	for range 100 {
		deep = []any{map[string]any{"a": deep}}
	}
	return map[string]any{
		"null": nil, "true": true, "false": false, "zero": 0.0, "a negative number": -1.5, "a huge number": math.MaxFloat64,
		"an empty list": []any{}, "a list": []any{"x"}, "an empty object": map[string]any{},
		"an object": map[string]any{"$ne": nil}, "a deep value": deep, "an empty text": "",
		"a NUL": "a\x00b", "no UTF-8": "a\xff\xfeb", "a megabyte": strings.Repeat("x", 1<<20),
		"spaces": "  \t\n ", "invisible runes": "\u200b\u2060\ufeff", "a lone mark": "\u0301",
		"formatting verbs": "%s%n%v%!d(MISSING)", "markup": `"><script>'; DROP TABLE users; --`,
	}
}

func testHostileInput(t *testing.T, s suite) {
	f := s.withUser(t)
	base := s.fx.Credentials(1)
	fields := slices.Sorted(maps.Keys(base))
	for _, field := range fieldsOf(f.strategy) {
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	values := hostileValues()
	for _, field := range fields {
		for _, what := range sortedKeys(values) {
			in := maps.Clone(base)
			in[field] = values[what]
			s.hostile(t, f, fmt.Sprintf("%s in %q", what, field), in, mustRefuse(base[field], values[what]))
			login := s.login(f, base)
			if _, ok := login[field]; ok {
				login[field] = values[what]
				f.hostileLogin(t, fmt.Sprintf("a login with %s in %q", what, field), login)
			}
		}
		in := maps.Clone(base)
		delete(in, field)
		s.hostile(t, f, fmt.Sprintf("%q left out", field), in, false)
		f.hostileLogin(t, fmt.Sprintf("a login with %q left out", field), in)
	}
	s.hostileProofs(t, f, values)
	more := maps.Clone(base)
	more["no-such-field"] = "x"
	s.hostile(t, f, "an unknown field", more, true)
	s.hostile(t, f, "null", nil, true)
	s.hostile(t, f, "an empty object", strategies.Credentials{}, true)
	f.hostileLogin(t, "a login with null", nil)
	f.hostileLogin(t, "a login with nothing", strategies.Credentials{})
}

// hostileProofs sends hostile values in those fields of a login that are not credentials, such as a
// token, and in the fields that ask for a further step.
func (s suite) hostileProofs(t *testing.T, f fixture, values map[string]any) {
	created := s.fx.Credentials(0)
	for _, field := range sortedKeys(s.login(f, created)) {
		if _, known := created[field]; known {
			continue
		}
		for _, what := range sortedKeys(values) {
			in := s.login(f, created)
			in[field] = values[what]
			f.hostileLogin(t, fmt.Sprintf("a login with %s in %q", what, field), in)
		}
	}
	if s.fx.Step == nil {
		return
	}
	for _, field := range sortedKeys(s.fx.Step(0)) {
		for _, what := range sortedKeys(values) {
			in := s.fx.Step(0)
			in[field] = values[what]
			if _, out, err := f.LogIn(t.Context(), f.name, in); err != nil {
				wantFault(t, fmt.Sprintf("a step with %s in %q", what, field), err)
			} else if out.Next == nil {
				t.Errorf("a step with %s in %q logs %q in", what, field, out.Kuid)
			}
		}
	}
}

// mustRefuse reports whether the hostile value has another type than the text it replaces.
func mustRefuse(valid, hostile any) bool {
	_, wasText := valid.(string)
	_, isText := hostile.(string)
	return wasText && !isText && hostile != nil
}

// hostile checks input for every reason. Accepted input must also pass Seal and Info.
func (s suite) hostile(t *testing.T, f fixture, what string, in strategies.Credentials, refuse bool) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: panic: %v", what, r)
		}
	}()
	for _, reason := range []strategies.Reason{strategies.Create, strategies.Update, strategies.Validate, strategies.Import} {
		who := strategies.Subject{Kuid: "user-1", By: self("user-1"), Reason: reason}
		if reason == strategies.Update {
			rec, _ := f.Record("user-0", f.name)
			who.Kuid, who.Records = "user-0", []strategies.Record{rec}
		}
		draft, err := f.strategy.Check(t.Context(), who, maps.Clone(in))
		switch {
		case err != nil:
			if e := wantFault(t, fmt.Sprintf("%s (%s)", what, reason), err); e != nil && len(e.Message()) > 2000 {
				t.Errorf("%s (%s): the error repeats %d bytes of input", what, reason, len(e.Message()))
			}
		case refuse:
			t.Errorf("%s (%s): accepted, want a refusal", what, reason)
		case reason != strategies.Validate:
			f.sealHostile(t, fmt.Sprintf("%s (%s)", what, reason), draft)
		}
	}
}

func (f fixture) sealHostile(t *testing.T, what string, draft strategies.Draft) {
	t.Helper()
	rec, err := draft.Seal(t.Context())
	if err != nil {
		wantFault(t, what, err)
		return
	}
	for _, id := range rec.Identifiers {
		if len(id.Value) > 4096 {
			t.Errorf("%s: an identifier of %d bytes", what, len(id.Value))
		}
	}
	_ = f.strategy.Info(rec)
}

func (f fixture) hostileLogin(t *testing.T, what string, in strategies.Credentials) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: panic: %v", what, r)
		}
	}()
	f.wantRefused(t, what, in)
}

func hostileCalls() []strategies.Call {
	calls := []strategies.Call{{}, {Kuid: "-1", Body: map[string]any{}}}
	values := hostileValues()
	for _, what := range sortedKeys(values) {
		args := map[string]any{}
		for _, name := range []string{"_id", "token", "password", "expiresIn", "username"} {
			args[name] = values[what]
		}
		calls = append(calls, strategies.Call{Kuid: "-1", Args: args, Body: args})
	}
	return calls
}
