package throttle

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"
)

// uses counts limited requests that are neither right nor wrong passwords: further steps of logins,
// messages, tries of codes, and sign-ups. They are rare, so one lock is enough.
type uses struct {
	sync.Mutex
	tables map[space]*table
}

// usesShare is the number of remembered uses of a kind, as a fraction of the accounts.
const usesShare = 4

func newUses(cfg Config) uses {
	most := cfg.Accounts / usesShare
	made := map[space]*table{}
	for of, limit := range map[space]Limit{
		pairSpace: cfg.Pair, accountSpace: cfg.Account, addressSpace: cfg.Address, recipientSpace: cfg.Recipient, signUpSpace: cfg.SignUp,
	} {
		t := newTable(limit, most)
		made[of] = &t
	}
	return uses{tables: made}
}

// Step counts a further step that an attempt asks of its client, such as a code by mail: it is
// neither a failure nor a success, and needs no proof. Steps have counts of their own, with the
// limits of failures: of account and address, and from unknown addresses of the account and of the
// address.
//
// If one of them is full it returns ErrTooManyLogins, and counts nothing: then no step may be made.
// begun is nil for a step without a user, for which only the address counts. Messages are counted
// by [Messages.Send].
func (l *Logins) Step(ctx context.Context, begun *Attempt, addr netip.Addr) error {
	_, err := l.step(ctx, begun, addr)
	return err
}

// step is Step. known reports whether the account knows the address or device.
func (l *Logins) step(ctx context.Context, begun *Attempt, addr netip.Addr) (known bool, err error) {
	known = begun.Known()
	refusal := l.use(ctx, l.steps(begun, known, addr), 1)
	if begun != nil && !known && errors.Is(refusal, ErrTooManyLogins) {
		if known, err = l.knows(ctx, begun, begun.keys); err != nil {
			return known, err
		}
		if known {
			l.Remember(begun.keys)
			refusal = l.use(ctx, l.steps(begun, known, addr), 1)
		}
	}
	return known, saying(refusal, manyMessages)
}

// steps returns the counts that a step of an attempt raises.
func (l *Logins) steps(begun *Attempt, known bool, addr netip.Addr) []counted {
	var all []counted
	if begun != nil {
		all = append(all, counted{space: pairSpace, key: l.hash(stepKey, number(begun.pair)), limit: l.cfg.Pair})
		if known {
			return all
		}
		all = append(all, counted{space: accountSpace, key: l.hash(stepKey, number(begun.account)), limit: l.cfg.Account})
	}
	return append(all, l.ofAddress(stepAddressKey, addr)...)
}

// ofAddress returns an address's count for one kind of uses, or none.
func (l *Logins) ofAddress(kind byte, addr netip.Addr) []counted {
	net, ok := network(addr)
	if !ok {
		return nil
	}
	return []counted{{space: addressSpace, key: l.hash(kind, net.AsSlice()), limit: l.cfg.Address}}
}

// Source is a client that might learn which names are taken: an address, or a user, by kuid, at an
// address that many may share.
type Source struct {
	Addr netip.Addr
	Kuid string
}

// SignUp counts a stranger's attempt to sign up, or returns ErrTooManyLogins. For a user it only
// checks whether they learned too much. A stranger without an address is not limited.
func (l *Logins) SignUp(ctx context.Context, from Source) error {
	count, ok := l.signUps(from)
	switch {
	case !ok:
		return nil
	case from.Kuid == "":
		return saying(l.use(ctx, []counted{count}, 1), manyNames)
	}
	return saying(l.use(ctx, []counted{count}, 0), manyNames)
}

// Learn refuses a client that learned too much about names, and counts nothing: see Taken.
func (l *Logins) Learn(ctx context.Context, from Source) error {
	count, ok := l.signUps(from)
	if !ok {
		return nil
	}
	return saying(l.use(ctx, []counted{count}, 0), manyNames)
}

// takenWeight is the weight, in sign-ups, of one that learned that a name is taken.
const takenWeight = 5

// Taken counts that a client learned that a name is taken. It weighs as much as several sign-ups
// and, for a stranger, as a failed login from the address. An error means that it could not be
// counted; answer it instead of the taken name.
func (l *Logins) Taken(ctx context.Context, from Source) error {
	count, ok := l.signUps(from)
	if !ok {
		return nil
	}
	var failed counted
	if net, ok := network(from.Addr); ok && from.Kuid == "" {
		failed = counted{space: addressSpace, key: l.hash(addressKey, net.AsSlice()), limit: l.cfg.Address}
	}
	if l.cfg.Ledger != nil {
		_, err := l.raise(ctx, []counted{count}, takenWeight, true)
		if err == nil && failed.key != 0 {
			_, err = l.raise(ctx, []counted{failed}, 1, true)
		}
		return err
	}
	nano := l.cfg.Now().UnixNano()
	l.uses.Lock()
	l.uses.raise(count, takenWeight, nano)
	l.uses.Unlock()
	if failed.key != 0 {
		shard := &l.addresses[failed.key>>58]
		shard.Lock()
		defer shard.Unlock()
		shard.get(failed.key, nano).fail(failed.limit, nano)
	}
	return nil
}

// LimitSignUps sets how many sign-ups from one address are allowed without a wait.
func (l *Logins) LimitSignUps(free int) { l.freeSignUps.Store(int64(free)) }

func (l *Logins) signUps(from Source) (count counted, ok bool) {
	count = counted{space: signUpSpace, limit: l.cfg.SignUp}
	count.limit.Free = int(l.freeSignUps.Load())
	if from.Kuid != "" {
		count.key = l.hash(learnerKey, []byte(from.Kuid))
		return count, true
	}
	net, ok := network(from.Addr)
	if ok {
		count.key = l.hash(signUpKey, net.AsSlice())
	}
	return count, ok
}

// use raises all of the counts, or none of them if one is full. A weight of 0 only checks.
func (l *Logins) use(ctx context.Context, all []counted, weight int) error {
	if len(all) == 0 {
		return nil
	}
	if l.cfg.Ledger != nil {
		pages, err := l.readCounts(ctx, all)
		if err == nil {
			err = l.correct(ctx, all, pages)
		}
		if err == nil && weight == 0 {
			_, err = l.stands(ctx, all)
		} else if err == nil {
			_, err = l.raise(ctx, all, weight, false)
		}
		return err
	}
	nano := l.cfg.Now().UnixNano()
	l.uses.Lock()
	defer l.uses.Unlock()
	wait := time.Duration(0)
	for _, c := range all {
		away, _ := l.uses.tables[c.space].find(c.key).admits(c.limit, nano)
		wait = max(wait, away)
	}
	if wait > 0 {
		return l.tooMany(wait)
	}
	for _, c := range all[:min(len(all), len(all)*weight)] {
		l.uses.raise(c, weight, nano)
	}
	return nil
}

// raise adds to a count. The uses are locked.
func (u *uses) raise(c counted, weight int, nano int64) {
	e := u.tables[c.space].get(c.key, nano)
	for range weight {
		e.fail(c.limit, nano)
	}
}
