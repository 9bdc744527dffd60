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
	// suspectFor is how long failed logins are remembered at most, and half of it how
	// long at least. A user is told of them once meanwhile.
	suspectFor = 24 * time.Hour
	// suspected bounds the users of whom failures are remembered, in each half.
	suspected = 10_000
	// suspicionsWaiting bounds the notices that wait for the store.
	suspicionsWaiting = 1000
)

// suspicions tells users of failed logins to their accounts, once those are many, and
// of a login from a new place after them. Attempts change nothing of a user, so that
// there is no commit to put a notice into. It is written beside the requests: nobody
// can tell from the time that an answer takes whether somebody is being told.
type suspicions struct {
	// most is how many failures a user is told of, 0 for none.
	most    int
	now     func() time.Time
	log     *slog.Logger
	waiting chan notice

	mu sync.Mutex
	// recent began at the time began; older was recent before that.
	recent, older map[string]*failures
	began         time.Time
}

// failures are those of one user.
type failures struct {
	count int
	told  bool
}

func newSuspicions(most int, now func() time.Time, log *slog.Logger) *suspicions {
	return &suspicions{most: most, now: now, log: log, waiting: make(chan notice, suspicionsWaiting), recent: map[string]*failures{}, began: now()}
}

// follow has what happens on the bus noted.
func (s *suspicions) follow(bus *events.Bus) {
	if s.most == 0 {
		return
	}
	bus.Subscribe(events.SessionRefused, s.refused)
	bus.Subscribe(events.SessionCreated, s.entered)
}

// of finds what is remembered of a user. It is called with mu held.
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

// refused counts a login that failed. One of somebody who is shut out is no guess.
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

// entered tells of a login from a new place after half as many failures. They are
// forgotten then: the user knows.
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
		s.log.WarnContext(ctx, "too many users are to be told of failed logins; one of them is not", "kuid", kuid)
	}
}

// run puts the notices that wait, until ctx ends.
func (s *suspicions) run(ctx context.Context, to *notices) {
	for {
		select {
		case <-ctx.Done():
			return
		case what := <-s.waiting:
			if err := to.put(ctx, what.Kuid, noticeFor, what); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "a user is not told of failed logins", "kuid", what.Kuid, "cause", err)
			}
		}
	}
}
