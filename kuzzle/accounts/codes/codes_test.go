package codes_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// outbox keeps messages that wait to be sent.
type outbox struct {
	sync.Mutex
	all []codes.Message
}

func (*outbox) Sends(string) bool { return true }

func (*outbox) Links() bool { return true }

func (o *outbox) SendAttempt(_ context.Context, m codes.Message) error {
	o.Lock()
	defer o.Unlock()
	o.all = append(o.all, m)
	return nil
}

func start(t *testing.T) (*accountstest.Bench, *outbox) {
	t.Helper()
	out := &outbox{}
	return accountstest.New(t, func(o *accounts.Options) { o.Codes = out }), out
}

// TestLateMessage: a message that is sent after another address, or another kind, was asked for has no
// code, since its reader is not who has to prove something.
func TestLateMessage(t *testing.T) {
	b, out := start(t)
	const attempt, kind, later = "an attempt", "contact-code", "reset-code"
	ask := func(kind, to string) {
		if _, err := b.Codes.Ask(t.Context(), attempt, codes.Message{Kind: kind, Contact: users.Email, To: to}); err != nil {
			t.Fatal(err)
		}
	}
	ask(kind, "attacker@example.com")
	ask(kind, "victim@example.com")
	ask(later, "victim@example.com")
	last := len(out.all) - 1
	for _, m := range out.all[:last] {
		if waits, err := b.Codes.Waits(t.Context(), m); err != nil || waits {
			t.Errorf("%s to %s is still waited for: %v", m.Kind, m.To, err)
		}
		if code, _, ok, err := b.Codes.Draw(t.Context(), m); err != nil || ok {
			t.Errorf("%s to %s has the code %q, %v", m.Kind, m.To, code, err)
		}
	}
	code, _, ok, err := b.Codes.Draw(t.Context(), out.all[last])
	if again, _, _, _ := b.Codes.Draw(t.Context(), out.all[last]); err != nil || !ok || again != code {
		t.Fatalf("the last message has %q and then %q, %v", code, again, err)
	}
	for _, wrong := range []struct{ kind, to string }{{later, "attacker@example.com"}, {kind, "victim@example.com"}} {
		if err := b.Codes.Prove(t.Context(), attempt, wrong.kind, wrong.to, code); !errors.Is(err, codes.ErrCode) {
			t.Errorf("the code of another message proves %v: %v", wrong, err)
		}
	}
	if err := b.Codes.Prove(t.Context(), attempt, later, "victim@example.com", code); err != nil {
		t.Errorf("the right code: %v", err)
	}
}

// TestUnsent: a code that was not sent cannot be guessed, and its tries count all the same.
func TestUnsent(t *testing.T) {
	b, _ := start(t)
	const attempt, kind, to = "an attempt", "contact-code", "jane@example.com"
	if _, err := b.Codes.Ask(t.Context(), attempt, codes.Message{Kind: kind, Contact: users.Email, To: to}); err != nil {
		t.Fatal(err)
	}
	for try := range codes.Tries + 1 {
		want := codes.ErrCode
		if try == codes.Tries {
			want = codes.ErrTried
		}
		if err := b.Codes.Prove(t.Context(), attempt, kind, to, ""); !errors.Is(err, want) {
			t.Errorf("try %d: %v, want %v", try, err, want)
		}
	}
}

// TestAskTogether: of many requests at once none fails.
func TestAskTogether(t *testing.T) {
	b, out := start(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if _, err := b.Codes.Ask(t.Context(), "an attempt", codes.Message{Kind: "contact-code", Contact: users.Email, To: "jane@example.com"}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(out.all) != 8 {
		t.Errorf("%d messages wait", len(out.all))
	}
}
