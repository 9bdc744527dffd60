package systemtest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/strategies"
)

// mailed is a strategy that proves nothing by itself: a pin that is "send" has a
// code mailed to the user and asks for it, without any proof; every other is wrong.
// Its action looks a user up and answers, which proves nothing either.
type mailed struct {
	host strategies.Host
	sent *atomic.Int64
}

func (mailed) Name() string { return "mailed" }

func (mailed) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, strategies.Refused()
}

func (mailed) Info(strategies.Record) strategies.Credentials { return nil }

func (s mailed) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	name, _ := in["username"].(string)
	_, ok, err := s.host.FindByIdentifier(ctx, strategies.Identifier{Kind: "username", Value: name})
	if err != nil {
		return strategies.Outcome{}, err
	}
	if in["pin"] == "ask" {
		return strategies.Outcome{Next: &strategies.Step{Answer: map[string]any{"next": "code"}}}, nil
	}
	if in["pin"] != "send" {
		return strategies.Outcome{}, strategies.Refused()
	}
	var send func(context.Context) error
	if ok {
		send = func(context.Context) error { s.sent.Add(1); return nil }
	}
	if err := s.host.Send(ctx, name+"@example.org", send); err != nil {
		return strategies.Outcome{}, err
	}
	return strategies.Outcome{Next: &strategies.Step{Answer: map[string]any{"next": "code"}}}, nil
}

func (s mailed) Actions() []strategies.Action {
	return []strategies.Action{{
		Controller: "mailed", Name: "hint", Routes: []string{"POST /_mailed/hint"}, Summary: "Answers whoever asks.",
		Run: func(ctx context.Context, call strategies.Call) (any, error) {
			name, _ := call.Body["username"].(string)
			_, _, err := s.host.FindByIdentifier(ctx, strategies.Identifier{Kind: "username", Value: name})
			return map[string]any{"hinted": true}, err
		},
	}}
}

// startMailed runs a server that slows down as a fresh one does.
func startMailed(t *testing.T) (*server, *atomic.Int64) {
	sent := new(atomic.Int64)
	s := start(t, behindProxy, func(set *settings) {
		set.Logins.FreeFailures = 5
		set.Options = append(set.Options, backend.Use("mailed", func(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
			return mailed{host, sent}, nil
		}))
	})
	return s, sent
}

// TestStepsForgiveNoGuess: between guesses at a password neither a step that needs
// no proof, nor an action that answers anybody, gives any of them back.
func TestStepsForgiveNoGuess(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s, _ := startMailed(t)
		st := newStory(t, s, protocol)
		s.operate(t, "security", "updateRole", map[string]any{"_id": "anonymous"}, map[string]any{"controllers": map[string]any{
			"auth": map[string]any{"actions": map[string]any{"login": true}}, "mailed": map[string]any{"actions": map[string]any{"*": true}},
		}})
		s.clock.freeze()
		between := map[string]call{
			"a step": {controller: "auth", action: "login", args: map[string]any{"strategy": "mailed"}, hasBody: true, body: map[string]any{"username": "victim", "pin": "ask"}},
			"a hint": {controller: "mailed", action: "hint", hasBody: true, body: map[string]any{"username": "victim"}},
		}
		for name, other := range between {
			username := "victim of " + name
			other.body.(map[string]any)["username"] = username
			judged, answered := 0, 0
			for range 20 {
				for range 4 {
					if a := st.call(t, loginAs(username, "wrong", "")); a.status == 401 {
						judged++
					}
				}
				if a := st.call(t, other); a.status == 200 {
					answered++
				}
			}
			if judged != 5 || answered == 0 {
				t.Errorf("%s between guesses: %d of 80 guesses judged, want 5; %d answered", name, judged, answered)
			}
		}
	})
}

// TestMessagesAreLimited: a caller who asks for codes gets few of them sent to one
// recipient, from one address and from many, and nobody learns whether the
// recipient exists.
func TestMessagesAreLimited(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s, sent := startMailed(t)
		st := newStory(t, s, protocol)
		s.clock.freeze()
		ask := func(username string) call {
			return call{controller: "auth", action: "login", args: map[string]any{"strategy": "mailed"}, hasBody: true,
				body: map[string]any{"username": username, "pin": "send"}}
		}
		answered := map[string]int{}
		for _, username := range []string{"limited", "ghost"} {
			for i := range 60 {
				a := st.from(t, "http", fmt.Sprintf("198.51.100.%d", i+1), ask(username))
				answered[username+fmt.Sprint(a.status)]++
			}
		}
		if answered["limited200"] != 50 || answered["ghost200"] != 50 {
			t.Errorf("sixty addresses: answered %v, want 50 steps of each: what others asked for tells nobody", answered)
		}
		for range 40 {
			st.from(t, protocol, "203.0.113.9", ask("user"))
		}
		const want = 25
		for deadline := time.Now().Add(answerWithin); sent.Load() < want && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if got := sent.Load(); got != want {
			t.Errorf("sent %d messages to two users, want %d: 20 to who was asked for by many, 5 to the other", got, want)
		}
	})
}
