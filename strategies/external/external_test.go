package external_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

func check(t *testing.T, who strategies.Subject, in strategies.Credentials) ([]strategies.Identifier, string) {
	t.Helper()
	s, err := external.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Check(t.Context(), who, in)
	if failure, ok := fault.From(err); ok {
		return nil, failure.ID()
	}
	if err != nil {
		t.Fatal(err)
	}
	return d.Identifiers(), ""
}

func TestCheck(t *testing.T) {
	account := func(value string) strategies.Identifier {
		return strategies.Identifier{Kind: external.Kind, Value: value}
	}
	mine := []strategies.Record{{Identifiers: []strategies.Identifier{account("google:1"), {Kind: "email", Value: "a@example.com"}}}}
	for _, c := range []struct {
		name string
		who  strategies.Subject
		in   strategies.Credentials
		want []strategies.Identifier
		id   string
	}{
		{"one as text", strategies.Subject{}, strategies.Credentials{"accounts": "google:1"}, []strategies.Identifier{account("google:1")}, ""},
		{"ids may hold colons and bars", strategies.Subject{}, strategies.Credentials{"accounts": []any{"auth0:auth0|5f", "x:a:b"}}, []strategies.Identifier{account("auth0:auth0|5f"), account("x:a:b")}, ""},
		{"twice is once", strategies.Subject{}, strategies.Credentials{"accounts": []any{"x:1", "x:1"}}, []strategies.Identifier{account("x:1")}, ""},
		{"nothing", strategies.Subject{}, strategies.Credentials{}, nil, "plugin.external.empty"},
		{"no provider", strategies.Subject{}, strategies.Credentials{"accounts": "1"}, nil, "plugin.external.invalid_account"},
		{"a provider in capitals", strategies.Subject{}, strategies.Credentials{"accounts": "Google:1"}, nil, "plugin.external.invalid_account"},
		{"control characters", strategies.Subject{}, strategies.Credentials{"accounts": "x:a\x00"}, nil, "plugin.external.invalid_account"},
		{"too long", strategies.Subject{}, strategies.Credentials{"accounts": "x:" + strings.Repeat("a", 256)}, nil, "plugin.external.invalid_account"},
		{"too many", strategies.Subject{}, strategies.Credentials{"accounts": make([]any, 101)}, nil, "plugin.external.too_many"},
		{"wrong type", strategies.Subject{}, strategies.Credentials{"accounts": 7.0}, nil, "api.assert.invalid_type"},
		{"unknown field", strategies.Subject{}, strategies.Credentials{"password": "x"}, nil, "api.assert.unexpected_argument"},
		{"by oneself", strategies.Subject{By: strategies.Actor{Self: true}}, strategies.Credentials{"accounts": "x:1"}, nil, "plugin.external.not_proven"},
		{"a second time", strategies.Subject{Records: mine, Reason: strategies.Create}, strategies.Credentials{"accounts": "x:1"}, nil, "security.credentials.already_exist"},
		{"an update replaces what it names", strategies.Subject{Records: mine, Reason: strategies.Update}, strategies.Credentials{"accounts": []any{"x:2"}},
			[]strategies.Identifier{account("x:2"), {Kind: "email", Value: "a@example.com"}}, ""},
		{"an update of nothing", strategies.Subject{Reason: strategies.Update}, strategies.Credentials{"accounts": "x:1"}, nil, "security.credentials.not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, id := check(t, c.who, c.in)
			if diff := cmp.Diff(c.want, got); diff != "" || id != c.id {
				t.Errorf("got the error %q, want %q; identifiers (-want +got):\n%s", id, c.id, diff)
			}
		})
	}
}

// TestNobodyLogsIn checks that an account proves nothing.
func TestNobodyLogsIn(t *testing.T) {
	s, err := external.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Authenticate(t.Context(), strategies.Credentials{"accounts": "google:1"})
	if failure, ok := fault.From(err); !ok || failure.Kind != strategies.ErrRefused {
		t.Errorf("got %v, want ErrRefused", err)
	}
}
