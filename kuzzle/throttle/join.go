package throttle

import "context"

// Join has the attempt count for the account itself too, once a name is known to be
// one of its names: N names let nobody guess more often than one does. It reports
// whether the account's tries are used up. Then the same work has to be done as
// otherwise, without saying that a password is right, and the answer is that of a
// wrong one: an outsider cannot tell which names belong together.
//
// Call it for names that nobody has as well, with an account of their own. It reads
// and writes the same of every name, never waits for other attempts, and counts the
// address no second time.
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
	whole.address = 0 // counted by the name
	pages, err := l.learn(ctx, whole, placeSpace.page(whole.account))
	if err != nil {
		return false, err
	}
	lives := pages != nil && l.lives(whole, pages[len(pages)-1])
	if l.cfg.Knows != nil && l.cfg.Knows(ctx, keys) || lives {
		l.Remember(keys)
	}
	whole.full = !l.admitNow(whole)
	a.whole = whole
	return whole.full, nil
}

// admitNow decides about an attempt that neither waits nor asks.
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
