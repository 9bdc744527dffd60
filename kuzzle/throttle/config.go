package throttle

import (
	"context"
	"net/netip"
	"time"
)

// Config is what Logins goes by; the zero value of each field is its default.
type Config struct {
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// Pair limits failures of one account from one address (or known device).
	Pair Limit
	// Account limits failures of one account from all addresses that it does
	// not know.
	Account Limit
	// Address limits failures of one address at all accounts.
	Address Limit
	// Recipient limits what is sent to one recipient, and what one user has sent to
	// addresses that are not proved yet.
	Recipient Limit
	// Ask limits what one address or device asks to be sent to one account.
	Ask Limit
	// SignUp limits the sign-ups from one address.
	SignUp Limit
	// Accounts and Addresses bound how many of each are remembered, 100,000 by
	// default; there are as many pairs and lists of known places as accounts.
	Accounts, Addresses int
	// Remember is how long an address or device of a successful login stays
	// known, 30 days by default.
	Remember time.Duration
	// Wait is how long a login waits while others of its account are being
	// checked, 5 s by default.
	Wait time.Duration
	// Knows, when set, is asked before an attempt from a place not known here
	// is refused: whether the account logged in from it before, as sessions
	// kept elsewhere tell. It makes known devices outlive a restart.
	Knows func(ctx context.Context, keys Keys) bool
	// Ledger, when set, is where all nodes count together, and Secret what they
	// know names and addresses by; without it a process counts alone and a
	// restart forgets.
	Ledger Ledger
	Secret []byte
}

// Limit says how failures delay the next attempt: Free of them come without a
// wait, then the wait is First, and each further Step failures double it, up to
// Max. Every Forgive one failure is forgotten.
type Limit struct {
	Free       int
	First, Max time.Duration
	Step       int
	Forgive    time.Duration
}

// Defaults answers what a zero Config stands for. A pair bears the whole weight
// against guessing: at its Max it lets about a hundred guesses a day through.
// The other two are shared with strangers, so they begin late and stay short.
func Defaults() Config {
	return Config{
		Now:       time.Now,
		Pair:      Limit{Free: 5, First: time.Second, Max: 15 * time.Minute, Step: 1, Forgive: 30 * time.Minute},
		Account:   Limit{Free: 50, First: time.Second, Max: time.Minute, Step: 5, Forgive: time.Minute},
		Address:   Limit{Free: 100, First: time.Second, Max: time.Minute, Step: 20, Forgive: 30 * time.Second},
		Recipient: Limit{Free: 5, First: time.Minute, Max: 15 * time.Minute, Step: 1, Forgive: 15 * time.Minute},
		Ask:       Limit{Free: 3, First: time.Minute, Max: 15 * time.Minute, Step: 1, Forgive: 15 * time.Minute},
		SignUp:    Limit{Free: 50, First: time.Second, Max: time.Minute, Step: 5, Forgive: time.Minute},
		Accounts:  100_000,
		Addresses: 100_000,
		Remember:  30 * 24 * time.Hour,
		Wait:      5 * time.Second,
	}
}

// Keys are who tries to log in, and from where.
type Keys struct {
	// Account is the name under its claim key, so that no spelling of a name
	// gets a count of its own; names that nobody has count like others. For
	// flows without a name, such as a reset token, it is whatever is guessed.
	Account string
	// Whole says that Account is what Attempt.Join was given: it stands for an
	// account under all its names.
	Whole bool
	// Addr is the client's address; IPv6 counts by /64. The zero value, for a
	// client without an address, takes part in no limit by address.
	Addr netip.Addr
	// Device is an opaque text of at least 128 unguessable bits that the client
	// got at an earlier login, such as a session's id from a token that it still
	// has; empty for none.
	Device string
}

func (c Config) withDefaults() Config {
	defaults := Defaults()
	if c.Now == nil {
		c.Now = defaults.Now
	}
	c.Pair = c.Pair.or(defaults.Pair)
	c.Account = c.Account.or(defaults.Account)
	c.Address = c.Address.or(defaults.Address)
	c.Recipient = c.Recipient.or(defaults.Recipient)
	c.Ask = c.Ask.or(defaults.Ask)
	c.SignUp = c.SignUp.or(defaults.SignUp)
	c.Accounts = positive(c.Accounts, defaults.Accounts)
	c.Addresses = positive(c.Addresses, defaults.Addresses)
	c.Remember = positive(c.Remember, defaults.Remember)
	c.Wait = positive(c.Wait, defaults.Wait)
	if len(c.Secret) == 0 {
		c.Secret = randomSecret()
	}
	return c
}

func (l Limit) or(other Limit) Limit {
	return Limit{
		Free:    positive(l.Free, other.Free),
		First:   positive(l.First, other.First),
		Max:     positive(l.Max, other.Max),
		Step:    positive(l.Step, other.Step),
		Forgive: positive(l.Forgive, other.Forgive),
	}
}

func positive[N int | time.Duration](value, otherwise N) N {
	if value > 0 {
		return value
	}
	return otherwise
}

// delay is how long the attempt after so many failures has to wait.
func (l Limit) delay(failures int) time.Duration {
	over := failures - l.Free
	if over < 0 {
		return 0
	}
	wait := l.First
	for range over / l.Step {
		if wait *= 2; wait >= l.Max {
			return l.Max
		}
	}
	return min(wait, l.Max)
}

// most is the number of failures at which the delay is Max; more are not
// counted, so that an attack's end is felt soon.
func (l Limit) most() int {
	steps := 0
	for wait := l.First; wait < l.Max; wait *= 2 {
		steps++
	}
	return l.Free + steps*l.Step
}
