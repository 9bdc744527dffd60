package systemtest

import (
	"context"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/strategies"
)

// riddle is a strategy of a plugin: whoever knows the answer is the user.
type riddle struct{ host strategies.Host }

func (riddle) Name() string { return "riddle" }

func (riddle) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, strategies.Refused()
}

func (riddle) Info(strategies.Record) strategies.Credentials { return nil }

func (s riddle) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	name, _ := in["name"].(string)
	found, ok, err := s.host.FindByIdentifier(ctx, strategies.Identifier{Kind: "username", Value: name})
	if err == nil && (!ok || in["answer"] != "42") {
		err = strategies.Refused()
	}
	return strategies.Outcome{Kuid: found.Kuid}, err
}

// TestFrontendPlugins signs in by a strategy of a plugin, which gets the other members of the form, in one
// request and in two.
func TestFrontendPlugins(t *testing.T) {
	t.Parallel()
	s := startFrontend(t, func(set *settings) {
		set.Options = append(set.Options, backend.Use("riddle", func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) { return riddle{host}, nil }))
	})
	wrong := url.Values{"strategy": {"riddle"}, "name": {"jane@example.com"}, "answer": {"41"}}
	right := url.Values{"strategy": {"riddle"}, "name": {"jane@example.com"}, "answer": {"42"}}
	b := s.develop(t)
	b.send(t, "POST", "/client/sign_ins", wrong).answered(t, "a wrong answer", 422, "form_code_incorrect code")
	a := b.send(t, "POST", "/client/sign_ins", right)
	if within(a.object, "response", "status") != "complete" || within(a.object, "client", "last_authentication_strategy") != "riddle" {
		t.Errorf("the right answer: %d %s", a.status, a.body)
	}
	b = s.develop(t)
	path := b.begin(t, "jane@example.com")
	if a := b.send(t, "POST", path+"/attempt_first_factor", right); within(a.object, "response", "first_factor_verification", "strategy") != "riddle" {
		t.Errorf("the right answer: %d %s", a.status, a.body)
	}
}
