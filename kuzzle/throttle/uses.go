package throttle

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"
)

// uses counts what is neither a right nor a wrong password and may be had only so
// often: further steps of logins, and sign-ups. It is rare, so one lock is enough.
type uses struct {
	sync.Mutex
	tables map[space]*table
}

// usesShare is how many uses of a kind are remembered, as a share of the accounts.
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

// Step counts a further step that an attempt asks its client for, such as a code
// by mail: it is neither a failure nor a success, and needs no proof. Steps have
// counts of their own, by the limits of failures: of account and address, of the
// account from places that it does not know, and of the address. Where something
// is sent, its recipient has one too, except from places that the account knows.
//
// It answers ErrTooManyLogins, and has counted nothing, where one of them is full:
// then no step may be made and nothing sent. begun is nil for a step of nobody in
// particular, of which address and recipient count. A recipient is counted as
// given, so pass one spelling of it.
func (l *Logins) Step(ctx context.Context, begun *Attempt, addr netip.Addr, recipient string) error {
	known := begun != nil && begun.known
	refusal := l.use(ctx, l.steps(begun, known, addr, recipient), 1)
	if begun == nil || known || !errors.Is(refusal, ErrTooManyLogins) {
		return refusal
	}
	known, err := l.knows(ctx, begun, begun.keys)
	if err != nil {
		return err
	}
	if !known {
		return refusal
	}
	l.Remember(begun.keys)
	return l.use(ctx, l.steps(begun, known, addr, recipient), 1)
}

// steps are the counts that a step of an attempt raises.
func (l *Logins) steps(begun *Attempt, known bool, addr netip.Addr, recipient string) []counted {
	var all []counted
	if begun != nil {
		all = append(all, counted{space: pairSpace, key: l.hash(stepKey, number(begun.pair)), limit: l.cfg.Pair})
		if !known {
			all = append(all, counted{space: accountSpace, key: l.hash(stepKey, number(begun.account)), limit: l.cfg.Account})
		}
	}
	if net, ok := network(addr); ok {
		all = append(all, counted{space: addressSpace, key: l.hash(stepAddressKey, net.AsSlice()), limit: l.cfg.Address})
	}
	if recipient != "" && !known {
		all = append(all, counted{space: recipientSpace, key: l.hash(recipientKey, []byte(recipient)), limit: l.cfg.Recipient})
	}
	return all
}

// Ask counts a message of a kind that somebody asks for by the name of an account, and
// proves nothing for, such as a token for a new password. Whoever asks has a count of
// their own for each account, and an address one for all; all who ask for one account
// from places that it does not know share one that begins late and stays short. So a
// stranger keeps nobody else from asking. known reports whether the account knows the
// place. Names that nobody has count alike.
func (l *Logins) Ask(ctx context.Context, keys Keys, kind string) (known bool, err error) {
	a := l.attempt(keys)
	settle := func() {
		a.shard.Lock()
		defer a.shard.Unlock()
		a.settleSource(l.cfg.Now())
	}
	if settle(); !a.known {
		if known, err = l.knows(ctx, a, keys); err != nil {
			return false, err
		}
		if known {
			l.Remember(keys)
			settle()
		}
	}
	return a.known, l.use(ctx, l.asks(a, kind), 1)
}

// asks are the counts that asking raises.
func (l *Logins) asks(a *Attempt, kind string) []counted {
	all := []counted{{space: recipientSpace, key: l.hash(askPairKey, []byte(kind), number(a.pair)), limit: l.cfg.Ask}}
	if a.known {
		return all
	}
	all = append(all, counted{space: accountSpace, key: l.hash(askKey, []byte(kind), number(a.account)), limit: l.cfg.Account})
	if net, ok := network(a.keys.Addr); ok {
		all = append(all, counted{space: addressSpace, key: l.hash(stepAddressKey, net.AsSlice()), limit: l.cfg.Address})
	}
	return all
}

// Source is who might learn which names are taken: an address, or a user, by
// kuid, who may come from where many do.
type Source struct {
	Addr netip.Addr
	Kuid string
}

// SignUp counts an attempt of a stranger to make an account, or answers
// ErrTooManyLogins. Of a user it only asks whether they learned too much. A
// stranger without an address is not limited.
func (l *Logins) SignUp(ctx context.Context, from Source) error {
	count, ok := l.signUps(from)
	switch {
	case !ok:
		return nil
	case from.Kuid == "":
		return l.use(ctx, []counted{count}, 1)
	}
	return l.use(ctx, []counted{count}, 0)
}

// takenWeight is how many sign-ups one counts as that learned that a name is
// taken.
const takenWeight = 5

// Taken counts what somebody learned: that a name is another's. That weighs as
// much as several sign-ups and, for a stranger, as a failed login from the
// address. An error means that it could not be counted; it is to be answered
// instead of what was learned.
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

// LimitSignUps lets so many sign-ups of one address through without a wait from
// now on.
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

// use raises all of the counts, or none of them where one is full. A weight of 0
// only asks.
func (l *Logins) use(ctx context.Context, all []counted, weight int) error {
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
