package throttle

import "context"

// Join makes the attempt also count for the account itself, when its name is known: N names must
// not allow more guesses than one. It reports whether the account's tries are used up. Then do the
// same work, do not accept a right password, and answer as for a wrong one, so that an outsider
// cannot tell which names belong together.
//
// Call it for unknown names as well, each with an account of its own. It reads and writes the same
// for every name, never waits for other attempts, and does not count the address again.
func (a *Attempt) Join(ctx context.Context, account string) (usedUp bool, err error) {
	switch {
	case a == nil:
		return false, nil
	case a.whole != nil:
		return a.whole.full, nil
	}
	l := a.logins
	keys := a.keys
	keys.Account, keys.Whole = account, true
	whole := l.attempt(keys)
	whole.address = 0 // it is counted by the name
	pages, err := l.learn(ctx, whole, originSpace.page(whole.account))
	if err != nil {
		return false, err
	}
	known := pages != nil && l.knownOn(whole, pages[len(pages)-1])
	if l.cfg.Knows != nil && l.cfg.Knows(ctx, keys) || known {
		l.Remember(keys)
	}
	whole.full = !l.admitNow(whole)
	a.whole = whole
	return whole.full, nil
}

// admitNow decides about an attempt that neither waits nor calls Knows.
func (l *Logins) admitNow(a *Attempt) bool {
	now := l.cfg.Now()
	nano := now.UnixNano()
	a.shard.Lock()
	defer a.shard.Unlock()
	a.settleSource(now)
	wait, busy := a.shard.pairs.find(a.pair).admits(l.cfg.Pair, nano)
	if !a.known {
		strangers, crowded := l.strangers(a, nano)
		wait, busy = max(wait, strangers), busy || crowded
	}
	if wait > 0 || busy {
		return false
	}
	a.reserve(nano)
	return true
}
