package throttle

import (
	"context"
	"net/netip"
	"time"
)

// Config configures Logins; the zero value of each field is its default.
type Config struct {
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// Pair limits failures of one account from one address or known device.
	Pair Limit
	// Account limits failures of one account from all unknown addresses.
	Account Limit
	// Address limits failures of one address at all accounts.
	Address Limit
	// Recipient limits messages to one recipient, and messages that one user sends to unproved
	// addresses.
	Recipient Limit
	// Ask limits requests for messages to one account from one address or device.
	Ask Limit
	// SignUp limits the sign-ups from one address.
	SignUp Limit
	// Accounts and Addresses are the largest numbers of remembered ones, 100,000 by default; pairs
	// and lists of known addresses and devices have the limit of accounts.
	Accounts, Addresses int
	// Remember is how long an address or device of a successful login stays known, 30 days by
	// default.
	Remember time.Duration
	// Wait is how long a login waits for other attempts of its account, 5 s by default.
	Wait time.Duration
	// Knows, if set, is called before an attempt from an unknown address or device is refused. It
	// reports whether the account logged in from there before, by sessions that are stored
	// elsewhere. So known devices survive a restart.
	Knows func(ctx context.Context, keys Keys) bool
	// Ledger, if set, stores the counts of all nodes together, and Secret is their key for the
	// hashes of names and addresses. Without it a process counts alone, and forgets at a restart.
	Ledger Ledger
	Secret []byte
}

// Limit says how failures delay the next attempt. The first Free failures cause no wait. Then the
// wait is First, and every Step failures double it, up to Max. After every Forgive one failure is
// forgotten.
type Limit struct {
	Free       int
	First, Max time.Duration
	Step       int
	Forgive    time.Duration
}

// Defaults returns the defaults of Config. The pair carries the main protection against guessing:
// at its Max it allows about a hundred guesses a day. The other two are shared with strangers, so
// they begin late and stay short.
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

// Keys identify the account and the source of a login.
type Keys struct {
	// Account is the claim key of the name, so that no spelling has a count of its own; unknown
	// names count like others. For flows without a name, such as a reset token, it is the guessed
	// value.
	Account string
	// Whole is set if Account is the argument of Attempt.Join, which stands for an account under
	// all its names.
	Whole bool
	// Addr is the client's address; IPv6 is counted by /64. A client without an address has the
	// zero value, and no limit by address.
	Addr netip.Addr
	// Device is an opaque text of at least 128 unguessable bits that the client got at an earlier
	// login, such as a session's id in a token that it still has; "" for none.
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

// delay returns how long the attempt after a number of failures must wait.
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

// most returns the number of failures at which the delay reaches Max. More are not counted, so that
// waits shorten soon after an attack ends.
func (l Limit) most() int {
	steps := 0
	for wait := l.First; wait < l.Max; wait *= 2 {
		steps++
	}
	return l.Free + steps*l.Step
}
