package users

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/strategies"
)

// The default limits of documents, in bytes of JSON: DefaultOwnContent for users who write about
// themselves, DefaultMaxContent for administrators.
const (
	DefaultOwnContent = 256 << 10
	DefaultMaxContent = 1 << 20
)

// The names of the settings in [ErrContentTooLarge] and [ErrCredentialsTooLarge].
const (
	ownContentSetting = "limits.ownContent"
	maxContentSetting = "limits.content"
)

// MaxKeyDescription is the longest description of an API key, in bytes.
const MaxKeyDescription = 4 << 10

// sizes holds the limits of users' sizes.
type sizes struct{ own, most int }

// contentLimit returns the limit, in bytes, of a user's content and of the credentials, with its
// setting.
func (s sizes) contentLimit(own bool) (limit int, setting string) {
	if own {
		return s.own, ownContentSetting
	}
	return s.most, maxContentSetting
}

// CheckContent refuses a content above the limit. A content that was above it before may be written
// if the change does not make it larger. profileIds may always change, since rights must be
// removable from any user.
func (s sizes) CheckContent(own bool, next, was *User) error {
	limit, setting := s.contentLimit(own)
	if len(next.Content) <= limit {
		return nil
	}
	size, free, err := contentSize(next.Content)
	if err != nil || size <= limit {
		return err
	}
	if was != nil {
		_, before, err := contentSize(was.Content)
		if err != nil || free <= before {
			return err
		}
	}
	return ErrContentTooLarge.New(next.Kuid, size, limit, setting)
}

// contentSize returns the bytes of a content that belong to the client, without _kuzzle_info; free
// is their number without profileIds.
func contentSize(content json.RawMessage) (size, free int, err error) {
	size = len(content)
	profiles := 0
	for m, err := range plainjson.Members(content) {
		if err != nil {
			return 0, 0, err
		}
		switch m.Name {
		case InfoKey:
			size -= len(m.Name) + len(m.Value) + len(`"":,`)
		case ProfilesKey:
			profiles += len(m.Value)
		}
	}
	return size, size - profiles, nil
}

// CheckRecords refuses credentials above the limit, unless they were larger before.
func (s sizes) CheckRecords(own bool, next, was *User) error {
	limit, setting := s.contentLimit(own)
	size, err := recordsSize(next.Records)
	if err != nil || size <= limit {
		return err
	}
	if was != nil {
		before, err := recordsSize(was.Records)
		if err != nil || size <= before {
			return err
		}
	}
	return ErrCredentialsTooLarge.New(next.Kuid, size, limit, setting)
}

// recordsSize returns the approximate size of records in bytes.
func recordsSize(records []strategies.Record) (int, error) {
	size := 0
	for _, r := range records {
		size += len(r.Strategy) + len(r.ID) + len(r.Secret)
		for _, id := range r.Identifiers {
			size += len(id.Kind) + len(id.Value)
		}
		if len(r.Public) > 0 {
			public, err := Encode(r.Public)
			if err != nil {
				return 0, err
			}
			size += len(public)
		}
	}
	return size, nil
}

// largeUsers are users above today's limits, from an earlier version of this program. Only one of
// them is changed at a time.
type largeUsers struct {
	turn  chan struct{} // capacity 1
	mu    sync.Mutex
	kuids map[string]struct{}
}

// maxLargeKnown bounds the number of remembered large users.
const maxLargeKnown = 1000

func newLargeUsers() *largeUsers {
	return &largeUsers{turn: make(chan struct{}, 1), kuids: map[string]struct{}{}}
}

// is reports whether a user is known to be large.
func (l *largeUsers) is(kuid string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, large := l.kuids[kuid]
	return large
}

// note remembers whether a user is large, and returns it.
func (l *largeUsers) note(kuid string, large bool) bool {
	if !large {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kuids) >= maxLargeKnown {
		clear(l.kuids)
	}
	l.kuids[kuid] = struct{}{}
	return true
}

// alone waits for the turn, and returns the function that ends it.
func (l *largeUsers) alone(ctx context.Context) (end func(), err error) {
	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn }, nil
	case <-ctx.Done():
		return func() {}, ctx.Err()
	}
}
