package sessions

import (
	"cmp"
	"time"
)

// Limits bound tokens, sessions and API keys. They may change while the server
// runs, see [Sessions.Limit]. In Options the zero value of each is its default.
type Limits struct {
	// TokenLifetime is for logins that name none; MaxTokenTTL and MaxKeyTTL
	// bound what may be asked for, negative for no bound, which is their default.
	TokenLifetime, MaxTokenTTL, MaxKeyTTL time.Duration
	// MaxLifetime is the longest time from the beginning of a session to its end,
	// refreshes included; negative for no bound, which is its default.
	MaxLifetime time.Duration
	// RefreshGrace is how long a refreshed token goes on working.
	RefreshGrace time.Duration
	// KeyLoginAge is how long after a login its session may make API keys;
	// negative for no bound.
	KeyLoginAge time.Duration
	// MaxSessions is how many a user may have at once; the oldest ends.
	MaxSessions int
}

// The defaults of Limits.
const (
	DefaultTokenLifetime = time.Hour
	DefaultRefreshGrace  = time.Second
	DefaultKeyLoginAge   = 15 * time.Minute
	DefaultMaxSessions   = 100
)

// Limit has what is asked for from now on held to these limits, as they are.
// Tokens, sessions and keys that were made before stay, but sessions older than
// MaxLifetime end, and a login ends the oldest sessions of a user who has too many now.
func (ss *Sessions) Limit(to Limits) { ss.limits.Store(&to) }

// longest is the longest life that a login may ask for, negative for any.
func (l *Limits) longest() time.Duration {
	if l.MaxTokenTTL < 0 || l.MaxLifetime >= 0 && l.MaxLifetime < l.MaxTokenTTL {
		return l.MaxLifetime
	}
	return l.MaxTokenTTL
}

// endOf is when a session ends, in epoch milliseconds, -1 for never. An API key is no
// session, and ends as it was told.
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

// expired reports whether a session has ended by time.
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
