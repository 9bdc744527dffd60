package throttle_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// TestAsksAreShared checks that a stranger's repeated requests for an account stop nobody else's,
// that many strangers delay each other by a minute at most, and that strangers do not affect the
// account's known addresses.
func TestAsksAreShared(t *testing.T) {
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		const kind = "reset"
		ask := func(keys throttle.Keys) (known, let bool) {
			part, err := throttle.MessagesOf(node()).Ask(t.Context(), keys, kind)
			return part == throttle.Known, err == nil
		}
		count := func(times int, keys func(i int) throttle.Keys) (let int) {
			for i := range times {
				if _, ok := ask(keys(i)); ok {
					let++
				}
			}
			return let
		}
		owner := throttle.Keys{Account: "victim", Addr: home}
		attempt, err := node().Begin(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		if err := attempt.Succeeded(t.Context()); err != nil {
			t.Fatal(err)
		}
		one := func(int) throttle.Keys { return throttle.Keys{Account: "victim", Addr: stranger(1)} }
		if let := count(14, one); let != 3 {
			t.Errorf("one stranger asks %d times, want 3", let)
		}
		if known, let := ask(throttle.Keys{Account: "victim", Addr: stranger(2)}); known || !let {
			t.Errorf("another stranger is let ask: %t, at a known place: %t", let, known)
		}
		if let := count(100, func(i int) throttle.Keys { return throttle.Keys{Account: "victim", Addr: stranger(3 + i)} }); let != 46 {
			t.Errorf("a hundred strangers ask %d times, want 46: fifty in all", let)
		}
		if _, let := ask(throttle.Keys{Account: "another", Addr: stranger(900)}); !let {
			t.Error("another account is not asked for")
		}
		for i := range 4 {
			if known, let := ask(owner); !known || let != (i < 3) {
				t.Errorf("the owner's request %d is let pass: %t, at a known place: %t", i, let, known)
			}
		}
		time.Sleep(time.Minute)
		if _, let := ask(throttle.Keys{Account: "victim", Addr: stranger(901)}); !let {
			t.Error("a minute later a new stranger is not let ask")
		}
		if let := count(120, func(i int) throttle.Keys {
			return throttle.Keys{Account: fmt.Sprint("name", i), Addr: stranger(902)}
		}); let != 100 {
			t.Errorf("one address asks for %d accounts, want 100", let)
		}
	})
}

// sender requests messages and sends those that are admitted.
type sender struct {
	t    *testing.T
	node func() *throttle.Logins
}

// ask makes a request of a logged-in user, and reports whether it is admitted and whether the
// recipient gets the message.
func (s sender) ask(kuid string, addr netip.Addr, recipient string) (asked, sent bool) {
	s.t.Helper()
	part, err := throttle.MessagesOf(s.node()).AskOwn(s.t.Context(), throttle.Source{Addr: addr, Kuid: kuid}, "code", recipient)
	if err != nil {
		if refusal, ok := fault.From(err); !ok || !errors.Is(err, throttle.ErrTooManyLogins) || refusal.RetryAfter <= 0 || strings.Contains(refusal.Message(), "login") {
			s.t.Errorf("asking too often: %v", err)
		}
		return false, false
	}
	sent, err = throttle.MessagesOf(s.node()).Message(s.t.Context(), part, recipient)
	if err != nil {
		s.t.Error(err)
	}
	return true, sent
}

// TestOwnAsks checks that users' requests for messages to somebody else's address stop neither the
// owner's requests nor messages, from anywhere, and that the recipient gets a bounded number of
// messages.
func TestOwnAsks(t *testing.T) {
	const victim = "victim@example.org"
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		s := sender{t, node}
		asked, sent := 0, 0
		for range 20 {
			may, got := s.ask("evil", home, victim)
			if may {
				asked++
			}
			if got {
				sent++
			}
		}
		if asked != 5 || sent != 5 {
			t.Errorf("one user asks %d times and has %d sent, want 5", asked, sent)
		}
		if may, _ := s.ask("evil", home, "another@example.org"); may {
			t.Error("another recipient gives one user further messages")
		}
		for name, addr := range map[string]netip.Addr{"an owner at the same address": home, "one elsewhere": office} {
			for range 3 { // a mail or two may be lost
				if may, got := s.ask(name, addr, victim); !may || !got {
					t.Errorf("%s asks: %t, gets the message: %t", name, may, got)
				}
			}
		}
		// A hundred more, from four addresses.
		sent = 5 + 6
		for i := range 500 {
			may, got := s.ask(fmt.Sprint("evil", i%100), stranger(i%4), victim)
			if !may && i < 400 {
				t.Fatal("a user is told that others asked")
			}
			if got {
				sent++
			}
		}
		if sent > 20 {
			t.Errorf("one recipient gets %d messages at once, want at most 20", sent)
		}
		time.Sleep(15 * time.Minute)
		if may, got := s.ask("late owner", stranger(900), victim); !may || !got {
			t.Errorf("a quarter of an hour later a new owner asks: %t, gets the message: %t", may, got)
		}
	})
}

// TestFirstOwnAsk checks that a full count of an address stops no user's first message.
func TestFirstOwnAsk(t *testing.T) {
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		s := sender{t, node}
		for i := range 100 {
			s.ask(fmt.Sprint("u", i%25), home, fmt.Sprintf("u%d@example.org", i))
		}
		for i, want := range []bool{true, false} {
			if may, _ := s.ask("jane", home, "jane@example.org"); may != want {
				t.Errorf("request %d of a user at a busy address: %t, want %t", i, may, want)
			}
		}
		if may, got := s.ask("jane", office, "jane@example.org"); !may || !got {
			t.Error("at another address she is not let ask")
		}
	})
}

// TestSends checks that strangers' messages for an account stop nothing of its owner, and that a
// recipient silently gets a bounded number.
func TestSends(t *testing.T) {
	const victim = "victim@example.org"
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		send := func(keys throttle.Keys) (may, sent bool) {
			l := node()
			attempt, err := l.Begin(t.Context(), keys)
			if err != nil {
				return false, false
			}
			defer attempt.Abandoned()
			sent, err = throttle.MessagesOf(l).Send(t.Context(), attempt, throttle.Source{Addr: keys.Addr}, victim)
			return err == nil && attempt.Stepped(t.Context(), false) == nil, sent
		}
		tryRight(t, node(), throttle.Keys{Account: "victim", Addr: home})
		count := 0
		for i := range 12 {
			if _, sent := send(throttle.Keys{Account: "victim", Addr: stranger(i % 2)}); sent {
				count++
			}
		}
		if count != 7 { // two first ones, and five
			t.Errorf("two strangers have %d messages sent, want 7", count)
		}
		if may, sent := send(throttle.Keys{Account: "victim", Addr: office}); !may || !sent {
			t.Errorf("the owner at a new place may: %t, gets it: %t", may, sent)
		}
		refused := 0
		for i := range 30 {
			may, sent := send(throttle.Keys{Account: "victim", Addr: stranger(10 + i)})
			if !may {
				refused++
			}
			if sent {
				count++
			}
		}
		if refused > 0 || count > 20 {
			t.Errorf("of thirty strangers %d are refused, and the recipient gets %d messages, want none and at most 20", refused, count)
		}
		if may, sent := send(throttle.Keys{Account: "victim", Addr: home}); !may || !sent {
			t.Errorf("the owner at a known place may: %t, gets it: %t", may, sent)
		}
		// A requester for whom no user was looked up counts alone.
		for i := range 6 {
			_, err := throttle.MessagesOf(node()).Send(t.Context(), nil, throttle.Source{Addr: office}, "another@example.org")
			if (err == nil) != (i < 5) {
				t.Errorf("message %d without an account: %v", i, err)
			}
		}
	})
}

// TestMessagesAtOnce checks that concurrent messages are limited like sequential ones.
func TestMessagesAtOnce(t *testing.T) {
	l := throttle.NewLogins(throttle.Config{})
	var sent atomic.Int64
	var all sync.WaitGroup
	for range 500 {
		all.Go(func() {
			if let, err := throttle.MessagesOf(l).Message(t.Context(), throttle.Again, "victim@example.org"); let && err == nil {
				sent.Add(1)
			}
		})
	}
	all.Wait()
	if got := sent.Load(); got != 5 {
		t.Errorf("got %d messages, want 5", got)
	}
}

// TestGuesses checks that a user's tries of codes have their own count, and that an address bounds
// the wrong ones of many users.
func TestGuesses(t *testing.T) {
	eachLedger(t, func(t *testing.T, node func() *throttle.Logins) {
		guess := func(kuid string, addr netip.Addr) bool {
			from := throttle.Source{Addr: addr, Kuid: kuid}
			err := throttle.MessagesOf(node()).Guess(t.Context(), from)
			if refusal, ok := fault.From(err); ok && strings.Contains(refusal.Message(), "login") {
				t.Errorf("trying too often: %v", refusal.Message())
			}
			return err == nil && throttle.MessagesOf(node()).GuessedWrong(t.Context(), from) == nil
		}
		count := func(times int, kuid func(int) string, addr func(int) netip.Addr) (let int) {
			for i := range times {
				if guess(kuid(i), addr(i)) {
					let++
				}
			}
			return let
		}
		if let := count(100, func(int) string { return "evil" }, stranger); let != 5 {
			t.Errorf("one user at many addresses tries %d codes, want 5", let)
		}
		if !guess("jane", stranger(0)) {
			t.Error("another user may not try")
		}
		if let := count(500, func(i int) string { return fmt.Sprint("evil", i%100) }, func(int) netip.Addr { return home }); let != 100 {
			t.Errorf("a hundred users at one address try %d codes, want 100", let)
		}
		if !guess("jane", office) {
			t.Error("a user elsewhere may not try")
		}
	})
}

// TestRefusalsSayOfWhat checks that a refusal names the exceeded limit.
func TestRefusalsSayOfWhat(t *testing.T) {
	from, keys := throttle.Source{Addr: home, Kuid: "jane"}, throttle.Keys{Account: "jane", Addr: home}
	for name, test := range map[string]struct {
		do   func(l *throttle.Logins) error
		says string
	}{
		"logins": {func(l *throttle.Logins) error {
			attempt, err := l.Begin(t.Context(), keys)
			if err != nil {
				return err
			}
			return attempt.Failed(t.Context())
		}, "failed logins"},
		"a request by name": {func(l *throttle.Logins) error {
			_, err := throttle.MessagesOf(l).Ask(t.Context(), keys, "reset")
			return err
		}, "messages were requested"},
		"a request of one's own": {func(l *throttle.Logins) error {
			_, err := throttle.MessagesOf(l).AskOwn(t.Context(), from, "code", "jane@example.org")
			return err
		}, "messages were requested"},
		"a step":   {func(l *throttle.Logins) error { return l.Step(t.Context(), nil, home) }, "messages were requested"},
		"a code":   {func(l *throttle.Logins) error { return throttle.MessagesOf(l).Guess(t.Context(), from) }, "codes were tried"},
		"codes":    {func(l *throttle.Logins) error { return throttle.MessagesOf(l).GuessedWrong(t.Context(), from) }, "codes were tried"},
		"sign-ups": {func(l *throttle.Logins) error { return l.SignUp(t.Context(), throttle.Source{Addr: home}) }, "new names were tried"},
	} {
		l := throttle.NewLogins(throttle.Config{})
		var refusal *fault.Error
		for range 200 {
			if err := test.do(l); err != nil {
				refusal, _ = fault.From(err)
				break
			}
		}
		if refusal == nil || !errors.Is(refusal, throttle.ErrTooManyLogins) || refusal.RetryAfter <= 0 || !strings.Contains(refusal.Message(), test.says) {
			t.Errorf("%s: too many are answered %v, want one that says %q", name, refusal, test.says)
		}
	}
}
