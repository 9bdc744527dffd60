package strategytest

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// rounds is how often the tests guess and ask for steps; the limits allow only a few of them.
const rounds = 70

// testGuesses checks that wrong proofs for a known user count as failures, with any steps
// requested in between, and that the error for too many failures reaches the client.
func testGuesses(t *testing.T, s suite) {
	f := s.withUser(t)
	f.Calls()
	login := s.login(f, s.fx.Credentials(0))
	_, _, _ = f.LogIn(t.Context(), f.name, s.fx.Wrong(maps.Clone(login)))
	if !looksUp(f.Calls()) {
		t.Log("wrong proofs are refused before any user is looked up: nothing can be guessed")
		return
	}
	f.limit()
	free, judged := throttle.Defaults().Pair.Free, 0
	for range rounds {
		for range free - 1 {
			if _, _, err := f.LogIn(t.Context(), f.name, s.fx.Wrong(maps.Clone(login))); !errors.Is(err, throttle.ErrTooManyLogins) {
				judged++
			}
		}
		if s.fx.Step != nil {
			_, _, _ = f.LogIn(t.Context(), f.name, s.fx.Step(0))
		}
	}
	if judged > free {
		t.Errorf("%d of %d wrong proofs are checked, want %d: return ErrRefused or a fault that wraps it, and return errors of FindByIdentifier unchanged",
			judged, rounds*(free-1), free)
	}
}

func looksUp(calls []string) bool {
	for _, call := range calls {
		if call == "Find" || strings.HasPrefix(call, "FindByIdentifier") {
			return true
		}
	}
	return false
}

// testSteps checks that a further step proves nothing, that its messages are limited, and that it
// does not reveal whether the user exists.
func testSteps(t *testing.T, s suite) {
	if s.fx.Step == nil {
		return
	}
	f := s.withUser(t)
	f.Calls()
	before := f.messages(s)
	_, known, err := f.LogIn(t.Context(), f.name, s.fx.Step(0))
	if err != nil || known.Next == nil {
		t.Fatalf("Fixtures.Step leads to %+v, %v, want Next", known, err)
	}
	if rest := known; true {
		rest.Next = nil
		if !reflect.DeepEqual(rest, strategies.Outcome{}) {
			t.Errorf("the outcome holds something beside Next, though nothing is proved: %+v", rest)
		}
	}
	knownWork := f.Calls()
	if got, want := f.messages(s)-before, f.Sent(); s.fx.Sent != nil && got != want {
		t.Errorf("a step sends %d messages, %d of them by Host.Send", got, want)
	}
	if f.outside > 0 {
		t.Error("a step sends requests outside of Host.Send, where nothing limits them")
	}
	_, unknown, err := f.LogIn(t.Context(), f.name, s.fx.Step(1))
	unknownWork := f.Calls()
	if err := known.Next.Check(false); err != nil {
		t.Errorf("the backend refuses the step: %v", err)
	}
	switch {
	case err != nil || unknown.Next == nil:
		t.Errorf("a step for an unknown user leads to %+v, %v, want Next as for a user", unknown, err)
	case (unknown.Next.Redirect == "") != (known.Next.Redirect == "") || !reflect.DeepEqual(keysOf(unknown.Next), keysOf(known.Next)):
		t.Errorf("a step for an unknown user is answered %+v, for a user %+v", *unknown.Next, *known.Next)
	case !reflect.DeepEqual(knownWork, unknownWork):
		t.Errorf("a step for an unknown user costs %v, for a user %v", unknownWork, knownWork)
	}
	s.floodSteps(t)
}

// keysOf returns the parts of an answer that do not depend on the user.
func keysOf(step *strategies.Step) []string {
	if answer, ok := step.Answer.(map[string]any); ok {
		return sortedKeys(answer)
	}
	return []string{reflect.TypeOf(&step.Answer).String()}
}

func (s suite) floodSteps(t *testing.T) {
	f := s.withUser(t)
	f.limit()
	before, free, steps := f.messages(s), throttle.Defaults().Recipient.Free, 0
	for range 500 {
		_, out, err := f.LogIn(t.Context(), f.name, s.fx.Step(0))
		switch {
		case err == nil && out.Next != nil:
			steps++
		case !errors.Is(err, throttle.ErrTooManyLogins):
			t.Fatalf("one step too many is answered %v, want the host's error", err)
		}
	}
	if sent := f.messages(s) - before; sent > free || steps > free {
		t.Errorf("500 requests led to %d steps and %d messages, want at most %d of each", steps, sent, free)
	}
}

// messages returns how many messages were sent, by the strategy's own count if it has one.
func (f fixture) messages(s suite) int {
	if s.fx.Sent != nil {
		return s.fx.Sent()
	}
	return f.Sent() + len(f.Notified())
}
