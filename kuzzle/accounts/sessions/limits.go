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
// Tokens, sessions and keys that were made before stay, but a login ends the
// oldest sessions of a user who has too many now.
func (ss *Sessions) Limit(to Limits) { ss.limits.Store(&to) }

func (l Limits) orDefaults() Limits {
	return Limits{
		TokenLifetime: cmp.Or(l.TokenLifetime, DefaultTokenLifetime),
		MaxTokenTTL:   cmp.Or(l.MaxTokenTTL, -1),
		MaxKeyTTL:     cmp.Or(l.MaxKeyTTL, -1),
		RefreshGrace:  cmp.Or(l.RefreshGrace, DefaultRefreshGrace),
		KeyLoginAge:   cmp.Or(l.KeyLoginAge, DefaultKeyLoginAge),
		MaxSessions:   cmp.Or(l.MaxSessions, DefaultMaxSessions),
	}
}
