package backend

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
)

// TestSuspicionsAreBounded counts failures of far more users than are remembered.
// Each gets at most one message in half a day, and banned or locked users get none.
func TestSuspicionsAreBounded(t *testing.T) {
	now := time.Now()
	s := newSuspicions(3, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	fail := func(kuid string, reason any) {
		s.refused(t.Context(), events.Event{Data: events.Data{events.Owner: kuid, events.Reason: reason}})
	}
	told := func() (all []notice) {
		for len(s.waiting) > 0 {
			all = append(all, <-s.waiting)
		}
		return all
	}
	for range 5 {
		fail("jane", "plugin.strategy.missing_user")
		fail("shut out", users.ErrBanned.ID())
		fail("shut out", users.ErrLocked.ID())
		fail("", "plugin.strategy.missing_user")
	}
	if got := told(); len(got) != 1 || got[0].Kuid != "jane" || got[0].Kind != notify.LoginsFailed || got[0].Values["Failures"] != "3" {
		t.Errorf("told %+v, want jane once", got)
	}
	for i := range 3 * suspected {
		fail(fmt.Sprint("user ", i), "plugin.strategy.missing_user")
		if i%1000 == 0 {
			fail("jane", "plugin.strategy.missing_user")
		}
	}
	if got := told(); len(got) != 0 {
		t.Errorf("told %+v, want nobody", got)
	}
	if held := len(s.recent) + len(s.older); held > 2*suspected {
		t.Errorf("%d users are remembered, want at most %d", held, 2*suspected)
	}
	for i := range 2 * suspicionsWaiting {
		for range 3 {
			fail(fmt.Sprint("another ", i), "plugin.strategy.missing_user")
		}
	}
	if got := told(); len(got) != suspicionsWaiting {
		t.Errorf("%d notices wait, want %d", len(got), suspicionsWaiting)
	}
	now = now.Add(suspectFor + time.Minute)
	for range 3 {
		fail("jane", "plugin.strategy.missing_user")
	}
	if got := told(); len(got) != 1 {
		t.Errorf("a day later: told %+v, want jane once more", got)
	}
}
