package throttle

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Attempt is an admitted login. Its first resolving method counts, further calls do nothing: defer
// Abandoned, and call another when the outcome is known. A nil Attempt has nothing to resolve.
type Attempt struct {
	logins *Logins
	keys   Keys
	shard  *accountShard
	// The keyed hashes of the limits' keys; 0 is none.
	account, address            uint64
	addressPair, devicePair     uint64
	addressOrigin, deviceOrigin uint32

	// pair is the key of account and address, or of account and device. known is set if the account
	// logged in from here before. Both are as of the admission.
	pair  uint64
	known bool
	// refused is set if similar attempts failed before.
	refused bool
	// whole counts for the account under all its names, after Join; full is set if it was not
	// admitted, so that there is nothing to release.
	whole *Attempt
	full  bool
	done  atomic.Bool
}

// Source returns numbers for the account and the address of an attempt, and whether earlier
// attempts of either were refused. An account that logged in from here before is counted apart from
// strangers' tries, and with a known device the address is not counted either. A nil Attempt has no
// source.
func (a *Attempt) Source() (account, address uint64, refused bool) {
	switch {
	case a == nil:
		return 0, 0, false
	case !a.known:
		return a.account, a.address, a.refused
	case a.pair == a.devicePair && a.devicePair != 0:
		return a.pair, 0, a.refused
	}
	return a.pair, a.address, a.refused
}

// Known reports whether the account, under any of its names, logged in from here before, as of the
// admission.
func (a *Attempt) Known() bool { return a != nil && (a.known || a.whole != nil && a.whole.known) }

// settleSource finds where the attempt comes from, in the account's view.
func (a *Attempt) settleSource(now time.Time) {
	byAddress, byDevice := a.shard.known.knows(a.account, a.addressOrigin, a.deviceOrigin, now)
	a.known, a.pair = byAddress || byDevice, a.addressPair
	if byDevice {
		a.pair = a.devicePair
	}
}

// Failed counts a wrong password or an unknown name. Answer its error instead of the wrong
// password: others have failed so often meanwhile that this attempt would have been refused, or the
// ledger cannot be written.
func (a *Attempt) Failed(ctx context.Context) error {
	if !a.first() {
		return nil
	}
	if a.logins.cfg.Ledger != nil {
		return a.failedTogether(ctx)
	}
	a.resolve(func(a *Attempt, now time.Time) {
		if a.full {
			return
		}
		nano, cfg := now.UnixNano(), &a.logins.cfg
		a.shard.pairs.get(a.pair, nano).fail(cfg.Pair, nano)
		if !a.known {
			a.shard.accounts.get(a.account, nano).fail(cfg.Account, nano)
		}
		if a.address == 0 {
			return
		}
		shard := a.logins.addressShard(a)
		shard.Lock()
		defer shard.Unlock()
		shard.get(a.address, nano).fail(cfg.Address, nano)
	})
	return nil
}

// failedTogether is Failed if all nodes count together.
func (a *Attempt) failedTogether(ctx context.Context) error {
	raised, err := a.logins.raise(ctx, a.logins.counts(a), 1, false)
	a.resolve(func(a *Attempt, _ time.Time) { a.logins.adopt(a, raised) })
	return err
}

// Succeeded resets the failures of this account from here, and makes the address and device known
// to the account. The counts shared with strangers stay: otherwise the owner of one account could
// reset their address between guesses at other accounts. Answer its error instead of the success,
// as with Failed. ErrUsedUp is one of them, and has been counted as a failure.
func (a *Attempt) Succeeded(ctx context.Context) error {
	if !a.first() {
		return nil
	}
	if a.logins.cfg.Ledger != nil {
		err := a.logins.confirm(ctx, a)
		if errors.Is(err, ErrUsedUp) {
			return cmp.Or(a.failedTogether(ctx), err)
		}
		if err != nil {
			a.resolve(func(*Attempt, time.Time) {})
			return err
		}
	}
	a.resolve(func(a *Attempt, now time.Time) {
		if pair := a.shard.pairs.find(a.pair); pair != nil {
			pair.failures, pair.until = 0, 0
		}
		a.shard.known.add(a.account, a.addressOrigin, a.deviceOrigin, now)
	})
	return nil
}

// Stepped counts nothing: the attempt led to a further step, which Step has counted. Answer its
// error instead of the step, as with Failed. proved is set if a proof came before, which ErrUsedUp
// may refuse.
func (a *Attempt) Stepped(ctx context.Context, proved bool) error {
	if !a.first() {
		return nil
	}
	defer a.resolve(func(*Attempt, time.Time) {})
	if a.logins.cfg.Ledger == nil {
		return nil
	}
	_, err := a.logins.stands(ctx, a.logins.counts(a))
	if errors.Is(err, ErrUsedUp) && !proved {
		return nil
	}
	return err
}

// Abandoned counts nothing: the attempt ended without a result about the password, for example
// because the server was busy or the client went away.
func (a *Attempt) Abandoned() {
	if a.first() {
		a.resolve(func(*Attempt, time.Time) {})
	}
}

// first reports whether the attempt is resolved for the first time.
func (a *Attempt) first() bool { return a != nil && a.done.CompareAndSwap(false, true) }

// resolve releases and counts the attempt. The account itself comes first, so that the next attempt
// by the name finds it released.
func (a *Attempt) resolve(count func(a *Attempt, now time.Time)) {
	if a.whole != nil {
		a.whole.resolve(count)
	}
	a.shard.Lock()
	defer a.shard.Unlock()
	if !a.full {
		release(a.shard.pairs.find(a.pair))
		if !a.known {
			release(a.shard.accounts.find(a.account))
		}
	}
	count(a, a.logins.cfg.Now())
	if g := a.shard.gates[a.account]; g != nil {
		delete(a.shard.gates, a.account)
		close(g.opened)
	}
}

func release(e *entry) {
	if e != nil && e.pending > 0 {
		e.pending--
	}
}
