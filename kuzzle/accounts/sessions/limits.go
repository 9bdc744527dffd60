package sessions

import (
	"cmp"
	"time"
)

// Limits bound tokens, sessions and API keys. They may change while the server runs, see
// [Sessions.Limit]. In Options each zero value is the default.
type Limits struct {
	// TokenLifetime is the default for logins. MaxTokenTTL and MaxKeyTTL bound requested lifetimes;
	// negative values, the default, are no bound.
	TokenLifetime, MaxTokenTTL, MaxKeyTTL time.Duration
	// MaxLifetime is the longest time from a session's beginning to its end, refreshes included; a
	// negative value, the default, is no bound.
	MaxLifetime time.Duration
	// RefreshGrace is how long a refreshed token still works.
	RefreshGrace time.Duration
	// KeyLoginAge is how long after its login a session may create API keys; negative for no bound.
	KeyLoginAge time.Duration
	// MaxSessions is the largest number of a user's sessions; above it the oldest ends.
	MaxSessions int
}

// The defaults of Limits.
const (
	DefaultTokenLifetime = time.Hour
	DefaultRefreshGrace  = time.Second
	DefaultKeyLoginAge   = 15 * time.Minute
	DefaultMaxSessions   = 100
)

// Limit applies new limits to later requests. Existing tokens, sessions and keys stay, with two
// exceptions: sessions older than MaxLifetime end, and a login ends the oldest sessions of a user
// who has too many.
func (ss *Sessions) Limit(to Limits) { ss.limits.Store(&to) }

// longest returns the longest lifetime that a login may ask for, negative for any.
func (l *Limits) longest() time.Duration {
	if l.MaxTokenTTL < 0 || l.MaxLifetime >= 0 && l.MaxLifetime < l.MaxTokenTTL {
		return l.MaxLifetime
	}
	return l.MaxTokenTTL
}

// endOf returns the end of a session, in epoch milliseconds, -1 for never. The limits do not apply
// to API keys.
func (l *Limits) endOf(s *session) int64 {
	end := s.ExpiresAt
	if s.Until != 0 {
		end = earlier(end, s.Until)
	}
	if l.MaxLifetime < 0 || s.CreatedAt == 0 {
		return end
	}
	return earlier(end, s.CreatedAt+l.MaxLifetime.Milliseconds())
}

// expired reports whether a session has reached its end.
func (l *Limits) expired(s *session, now time.Time) bool {
	end := l.endOf(s)
	return end >= 0 && now.UnixMilli() >= end
}

func (l Limits) orDefaults() Limits {
	return Limits{
		TokenLifetime: cmp.Or(l.TokenLifetime, DefaultTokenLifetime),
		MaxTokenTTL:   cmp.Or(l.MaxTokenTTL, -1),
		MaxKeyTTL:     cmp.Or(l.MaxKeyTTL, -1),
		MaxLifetime:   cmp.Or(l.MaxLifetime, -1),
		RefreshGrace:  cmp.Or(l.RefreshGrace, DefaultRefreshGrace),
		KeyLoginAge:   cmp.Or(l.KeyLoginAge, DefaultKeyLoginAge),
		MaxSessions:   cmp.Or(l.MaxSessions, DefaultMaxSessions),
	}
}
