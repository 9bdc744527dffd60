package throttle

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	loginShards = 64
	// waitersEach and waitersAll bound the logins that wait for others of their account, per
	// account and in all.
	waitersEach = 256
	waitersAll  = 10_000
)

// Logins makes failed logins wait, and no others. It is safe for concurrent use and starts no
// goroutine. Config bounds its memory: about 25 MB with the defaults under attack, and next to
// nothing otherwise.
//
// It keeps three counts, which only failures raise: of account and address together; of the account
// from unknown addresses; and of the address. An attempt is refused while one of the counts that
// apply to it is full. If the account logged in from the address before, only the first applies.
// With a known device of the account not even strangers at the same address matter: the device has
// a count of its own. So strangers cannot lock an owner out, except from a new address, and then
// for a minute at a time.
//
// Attempts in flight count as failures of their account until they are resolved, so that a thousand
// concurrent ones reveal no more than a thousand in sequence. An attempt that may become admissible
// waits a moment for those before it. Attempts in flight do not count by address: any number of
// accounts may log in from one.
type Logins struct {
	cfg     Config
	waiting atomic.Int64
	refused atomic.Uint64

	accounts  [loginShards]accountShard
	addresses [loginShards]addressShard
	uses      uses
	// freeSignUps is the current Config.SignUp.Free.
	freeSignUps atomic.Int64
}

// accountShard holds all data about its accounts, so that an admission is atomic under one lock. It
// may be held while an addressShard is locked, never the other way round.
type accountShard struct {
	sync.Mutex
	pairs, accounts table
	known           origins
	gates           map[uint64]*gate
}

type addressShard struct {
	sync.Mutex
	table
}

// gate holds the attempts that wait for others of their account.
type gate struct {
	opened chan struct{}
	count  int
}

// NewLogins returns Logins.
func NewLogins(cfg Config) *Logins {
	l := &Logins{cfg: cfg.withDefaults()}
	l.uses = newUses(l.cfg)
	l.LimitSignUps(l.cfg.SignUp.Free)
	for i := range loginShards {
		each := l.cfg.Accounts / loginShards
		l.accounts[i].pairs = newTable(l.cfg.Pair, each)
		l.accounts[i].accounts = newTable(l.cfg.Account, each)
		l.accounts[i].known = newOrigins(l.cfg.Remember, each)
		l.accounts[i].gates = map[uint64]*gate{}
		l.addresses[i].table = newTable(l.cfg.Address, l.cfg.Addresses/loginShards)
	}
	return l
}

// Refused returns the number of refused attempts.
func (l *Logins) Refused() uint64 { return l.refused.Load() }

// Begin asks to check a password. It returns an Attempt, which must be resolved by one of its
// methods; or ErrTooManyLogins with RetryAfter, after which nothing may be hashed or compared; or
// ctx's error if that ends first.
func (l *Logins) Begin(ctx context.Context, keys Keys) (*Attempt, error) {
	a := l.attempt(keys)
	if _, err := l.learn(ctx, a); err != nil {
		return nil, err
	}
	giveUp := l.cfg.Now().Add(l.cfg.Wait)
	for {
		v := l.admit(a)
		switch {
		case v.admitted:
			return a, nil
		case v.ask:
			known, err := l.knows(ctx, a, keys)
			if err != nil {
				return nil, err
			}
			if known {
				l.Remember(keys)
			}
			continue
		case v.gate == nil:
			return nil, l.tooMany(v.wait)
		}
		if err := l.await(ctx, a, v.gate, giveUp); err != nil {
			return nil, err
		}
	}
}

// Remember records that the account logged in from this address and device, like Attempt.Succeeded:
// for a device that the login itself creates, and for the account's other names.
func (l *Logins) Remember(keys Keys) {
	a := l.attempt(keys)
	a.shard.Lock()
	defer a.shard.Unlock()
	a.shard.known.add(a.account, a.addressOrigin, a.deviceOrigin, l.cfg.Now())
}

func (l *Logins) attempt(keys Keys) *Attempt {
	kind := accountKey
	if keys.Whole {
		kind = wholeKey
	}
	a := &Attempt{logins: l, keys: keys, account: l.hash(kind, []byte(keys.Account))}
	a.shard = &l.accounts[a.account>>58]
	if a.address = l.Address(keys.Addr); a.address != 0 {
		a.addressOrigin = uint32(a.address>>32) | 1
		a.addressPair = l.hash(addressPairKey, number(a.account), number(a.address))
	} else {
		a.addressPair = l.hash(aloneKey, number(a.account))
	}
	if keys.Device != "" {
		device := l.hash(deviceKey, []byte(keys.Device))
		a.deviceOrigin = uint32(device>>32) | 1
		a.devicePair = l.hash(devicePairKey, number(a.account), number(device))
	}
	return a
}

// Address returns the number of a client's address, 0 for none, as in Attempt.Source.
func (l *Logins) Address(addr netip.Addr) uint64 {
	net, ok := network(addr)
	if !ok {
		return 0
	}
	return l.hash(addressKey, net.AsSlice())
}

// network returns the network by which an address is counted.
func network(addr netip.Addr) (netip.Addr, bool) {
	if !addr.IsValid() {
		return netip.Addr{}, false
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr, true
	}
	prefix, err := addr.Prefix(64)
	return prefix.Addr(), err == nil
}

// verdict is the result of admit: admitted, a question to ask first, a gate to wait at, or the time
// to wait.
type verdict struct {
	admitted, ask bool
	gate          *gate
	wait          time.Duration
}

// admit decides about an attempt, and reserves its count if it may go on.
func (l *Logins) admit(a *Attempt) verdict {
	now := l.cfg.Now()
	nano := now.UnixNano()
	s := a.shard
	s.Lock()
	defer s.Unlock()
	a.settleSource(now)
	pair := s.pairs.find(a.pair)
	wait, busy := pair.admits(l.cfg.Pair, nano)
	a.refused = pair.failed()
	if !a.known {
		strangers, crowded := l.strangers(a, nano)
		if strangers > 0 && wait == 0 && (l.cfg.Knows != nil || l.cfg.Ledger != nil) {
			// Ask once per count, so that an attack costs the store little.
			if pair := s.pairs.get(a.pair, nano); !pair.asked {
				pair.asked = true
				return verdict{ask: true}
			}
		}
		wait, busy = max(wait, strangers), busy || crowded
	}
	switch {
	case wait > 0:
		return verdict{wait: wait}
	case busy:
		return verdict{gate: l.queue(a), wait: l.cfg.Pair.First}
	}
	a.reserve(nano)
	return verdict{admitted: true}
}

// reserve counts the attempt as in flight. Its shard is locked.
func (a *Attempt) reserve(nano int64) {
	a.shard.pairs.get(a.pair, nano).reserve(nano)
	if !a.known {
		a.shard.accounts.get(a.account, nano).reserve(nano)
	}
}

// strangers returns the wait by the counts that an attempt shares with strangers; busy is set if
// attempts in flight decide.
func (l *Logins) strangers(a *Attempt, nano int64) (wait time.Duration, busy bool) {
	account := a.shard.accounts.find(a.account)
	wait, busy = account.admits(l.cfg.Account, nano)
	a.refused = a.refused || account.failed()
	if a.address == 0 {
		return wait, busy
	}
	shard := l.addressShard(a)
	shard.Lock()
	defer shard.Unlock()
	address := shard.find(a.address)
	away, _ := address.admits(l.cfg.Address, nano)
	a.refused = a.refused || address.failed()
	return max(wait, away), busy
}

func (l *Logins) addressShard(a *Attempt) *addressShard { return &l.addresses[a.address>>58] }

// queue returns the account's gate, or nil if too many wait. The shard is locked.
func (l *Logins) queue(a *Attempt) *gate {
	g := a.shard.gates[a.account]
	if g == nil {
		g = &gate{opened: make(chan struct{})}
	}
	if g.count >= waitersEach || l.waiting.Load() >= waitersAll {
		return nil
	}
	a.shard.gates[a.account] = g
	g.count++
	l.waiting.Add(1)
	return g
}

// await waits until another attempt of the account is resolved.
func (l *Logins) await(ctx context.Context, a *Attempt, g *gate, giveUp time.Time) error {
	defer l.waiting.Add(-1)
	timer := time.NewTimer(giveUp.Sub(l.cfg.Now()))
	defer timer.Stop()
	var err error
	select {
	case <-g.opened:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		l.refused.Add(1)
		err = ErrTooManyLogins.New().RetryIn(l.cfg.Pair.First)
	}
	a.shard.Lock()
	defer a.shard.Unlock()
	if g.count--; g.count == 0 && a.shard.gates[a.account] == g {
		delete(a.shard.gates, a.account)
	}
	return err
}
