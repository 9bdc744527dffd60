package backend

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
)

const (
	// suspectFor is the longest time that failed logins are remembered; half of it is
	// the shortest. In this time a user gets one message about them.
	suspectFor = 24 * time.Hour
	// suspected is the maximum number of users whose failures are remembered, in each
	// half.
	suspected = 10_000
	// suspicionsWaiting is the maximum number of notices that wait for the store.
	suspicionsWaiting = 1000
)

// suspicions sends users messages about many failed logins to their accounts, and
// about a login from a new address after them. Attempts change nothing of a user, so
// there is no commit that could carry a notice. The notice is written in the
// background, so that the duration of an answer does not reveal it.
type suspicions struct {
	// most is the number of failures after which a user gets a message, 0 for never.
	most    int
	now     func() time.Time
	log     *slog.Logger
	waiting chan notice

	mu sync.Mutex
	// recent has the failures since began; older has those of the period before.
	recent, older map[string]*failures
	began         time.Time
}

// failures are the failures of one user.
type failures struct {
	count int
	told  bool
}

func newSuspicions(most int, now func() time.Time, log *slog.Logger) *suspicions {
	return &suspicions{most: most, now: now, log: log, waiting: make(chan notice, suspicionsWaiting), recent: map[string]*failures{}, began: now()}
}

// follow records the events of the bus.
func (s *suspicions) follow(bus *events.Bus) {
	if s.most == 0 {
		return
	}
	bus.Subscribe(events.SessionRefused, s.refused)
	bus.Subscribe(events.SessionCreated, s.entered)
}

// of returns the failures of a user. It is called with mu held.
func (s *suspicions) of(kuid string) *failures {
	if age := s.now().Sub(s.began); age >= suspectFor/2 || len(s.recent) >= suspected {
		s.older = s.recent
		if age >= suspectFor {
			s.older = nil
		}
		s.recent, s.began = map[string]*failures{}, s.now()
	}
	known := s.recent[kuid]
	if known == nil {
		if known = s.older[kuid]; known == nil {
			known = &failures{}
		}
		s.recent[kuid] = known
	}
	return known
}

// refused counts a failed login. A login of a banned or locked user is not a guess.
func (s *suspicions) refused(ctx context.Context, e events.Event) {
	kuid, _ := e.Data[events.Owner].(string)
	reason := e.Data[events.Reason]
	if kuid == "" || slices.Contains([]any{users.ErrBanned.ID(), users.ErrLocked.ID()}, reason) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.of(kuid)
	if known.count++; known.count >= s.most && !known.told {
		known.told = true
		s.put(ctx, notify.LoginsFailed, kuid, known.count)
	}
}

// entered reports a login from a new address after half as many failures, and forgets
// the failures, because the user then knows.
func (s *suspicions) entered(ctx context.Context, e events.Event) {
	kuid, _ := e.Data[events.Owner].(string)
	isNew, _ := e.Data[events.NewPlace].(bool)
	if kuid == "" || !isNew {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.recent[kuid]; known == nil && s.older[kuid] == nil {
		return
	}
	if known := s.of(kuid); known.count >= (s.most+1)/2 {
		s.put(ctx, notify.LoginAfterFailures, kuid, known.count)
		known.count = 0
	}
}

func (s *suspicions) put(ctx context.Context, kind, kuid string, count int) {
	select {
	case s.waiting <- notice{Kind: kind, Kuid: kuid, Values: map[string]string{"Failures": strconv.Itoa(count)}}:
	default:
		s.log.WarnContext(ctx, "too many users wait for messages about failed logins; one gets none", "kuid", kuid)
	}
}

// run writes the waiting notices until ctx ends.
func (s *suspicions) run(ctx context.Context, to *notices) {
	for {
		select {
		case <-ctx.Done():
			return
		case what := <-s.waiting:
			if err := to.put(ctx, what.Kuid, noticeFor, what); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "a user gets no message about failed logins", "kuid", what.Kuid, "cause", err)
			}
		}
	}
}
