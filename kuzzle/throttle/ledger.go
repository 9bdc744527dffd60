package throttle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Ledger keeps what several nodes count together, over restarts too. It holds a
// bounded number of pages, each of which is replaced as a whole by
// compare-and-set. Its errors are what a login is answered: without a ledger
// that can be read and written nobody is let in.
type Ledger interface {
	// Read answers pages in the order of names; one that is not there is empty.
	Read(ctx context.Context, names []string) ([]Page, error)
	// Write replaces pages as they were read, each unless somebody else was
	// faster; done tells which. Those that were replaced get their new Rev.
	Write(ctx context.Context, pages []Page) (done []bool, error error)
}

// Page is a part of a ledger: at most some 4 KiB of JSON.
type Page struct {
	Name string
	Data []byte
	// Expires is when it holds nothing that counts any more.
	Expires time.Time
	// Rev is the ledger's own, for Write.
	Rev any
}

// Bounds of a ledger: in all some 65,000 pages, of which an attack fills those
// of the names and addresses it uses.
const (
	ledgerPages   = 1 << 14
	ledgerEntries = 16
	// ledgerTries is how often a count is tried when others are faster.
	ledgerTries = 24
	ledgerPause = 4 * time.Millisecond
)

// space is one kind of page.
type space string

const (
	pairSpace    space = "pair"
	accountSpace space = "account"
	addressSpace space = "address"
	placeSpace   space = "place"
	// Of recipients and sign-ups, see uses.
	recipientSpace space = "recipient"
	signUpSpace    space = "sign-up"
)

func (s space) page(key uint64) string { return fmt.Sprintf("%s-%04x", s, key%ledgerPages) }

// tally is a count on a page. Times are UnixNano, by the clock of the node that
// counted: a node whose clock is ahead forgives that much earlier.
type tally struct {
	Key      uint64 `json:"k"`
	Failures int32  `json:"f"`
	Since    int64  `json:"s"`
	Until    int64  `json:"u"`
	// Delay is how far Until was ahead, in milliseconds.
	Delay uint32 `json:"d,omitempty"`
}

// entry is the tally as the tables keep it. ahead is set when its times cannot
// be of this clock; they are bounded then, and to be written back, since every
// later reading would count from its own present.
func (t tally) entry(limit Limit, nano int64) (e entry, ahead bool) {
	e = entry{key: t.Key, failures: min(t.Failures, int32(limit.most())), since: t.Since, until: t.Until, delay: t.Delay}
	if e.delay == 0 { // written before delays were kept
		e.delay = uint32(limit.delay(int(e.failures)) / time.Millisecond)
	}
	ahead = e.bound(nano)
	e.settle(limit, nano)
	return e, ahead
}

// counted is one of the counts that apply to an attempt.
type counted struct {
	space space
	key   uint64
	limit Limit
	// entry is what the ledger says; what it does not hold counts nothing.
	entry entry
	// ahead is set when the ledger says it with times that had to be bounded.
	ahead bool
	// of is the attempt whose tables keep it; nil where no attempt's do.
	of *Attempt
	// joined counts are those of the account itself: one that is full refuses nothing
	// in words. still ones are written as they were read, so that the same is written
	// whether they are raised or not.
	joined, still bool
}

// counts lists those that an attempt's failure raises.
func (l *Logins) counts(a *Attempt) []counted {
	all := []counted{{space: pairSpace, key: a.pair, limit: l.cfg.Pair, of: a}}
	if !a.known {
		all = append(all, counted{space: accountSpace, key: a.account, limit: l.cfg.Account, of: a})
	}
	if a.address != 0 {
		all = append(all, counted{space: addressSpace, key: a.address, limit: l.cfg.Address, of: a})
	}
	if whole := a.whole; whole != nil {
		all = append(all,
			counted{space: pairSpace, key: whole.pair, limit: l.cfg.Pair, of: whole, joined: true, still: whole.full},
			counted{space: accountSpace, key: whole.account, limit: l.cfg.Account, of: whole, joined: true, still: whole.full || whole.known})
	}
	return all
}

// judge answers ErrTooManyLogins where one of the counts is full by now, and ErrUsedUp
// where only one of the account itself is.
func (l *Logins) judge(all []counted, nano int64) (refusal error) {
	for _, c := range all {
		wait, _ := c.entry.admits(c.limit, nano)
		switch {
		case wait <= 0 || c.still:
		case c.joined:
			refusal = ErrUsedUp
		default:
			return l.tooMany(wait)
		}
	}
	return refusal
}

// learn takes over what all nodes counted of an attempt's keys. It answers the pages,
// with further ones at the end, and none without a ledger.
func (l *Logins) learn(ctx context.Context, a *Attempt, further ...string) ([]Page, error) {
	if l.cfg.Ledger == nil {
		return nil, nil
	}
	all := []counted{
		{space: pairSpace, key: a.addressPair, limit: l.cfg.Pair, of: a}, {space: accountSpace, key: a.account, limit: l.cfg.Account, of: a},
	}
	if a.devicePair != 0 {
		all = append(all, counted{space: pairSpace, key: a.devicePair, limit: l.cfg.Pair, of: a})
	}
	if a.address != 0 {
		all = append(all, counted{space: addressSpace, key: a.address, limit: l.cfg.Address, of: a})
	}
	pages, err := l.readCounts(ctx, all, further...)
	if err != nil {
		return nil, err
	}
	if err := l.correct(ctx, all, pages); err != nil {
		return nil, err
	}
	a.shard.Lock()
	defer a.shard.Unlock()
	l.adopt(a, all)
	return pages, nil
}

// correct writes back the counts whose times had to be bounded. Somebody who was
// faster did the same, or counted anew.
func (l *Logins) correct(ctx context.Context, all []counted, pages []Page) error {
	nano := l.cfg.Now().UnixNano()
	var changed []Page
	for i, c := range all {
		if c.ahead {
			pages[i].put(c.entry, c.limit, nano)
			changed = append(changed, pages[i])
		}
	}
	if len(changed) == 0 {
		return nil
	}
	_, err := l.cfg.Ledger.Write(ctx, changed)
	return err
}

// adopt has the tables say what the ledger does of an attempt's own counts. The
// attempt's shard is locked.
func (l *Logins) adopt(a *Attempt, all []counted) {
	nano := l.cfg.Now().UnixNano()
	for _, c := range all {
		if c.of != a {
			continue
		}
		switch c.space {
		case pairSpace:
			a.shard.pairs.get(c.key, nano).adopt(c.entry)
		case accountSpace:
			a.shard.accounts.get(c.key, nano).adopt(c.entry)
		case addressSpace:
			shard := l.addressShard(a)
			shard.Lock()
			shard.get(c.key, nano).adopt(c.entry)
			shard.Unlock()
		}
	}
}

func (e *entry) adopt(from entry) {
	e.failures, e.since, e.until, e.delay = from.failures, from.since, from.until, from.delay
}

// readCounts finds what the ledger says of counts, and answers their pages and
// further ones.
func (l *Logins) readCounts(ctx context.Context, all []counted, further ...string) ([]Page, error) {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.space.page(c.key)
	}
	pages, err := l.cfg.Ledger.Read(ctx, append(names, further...))
	if err != nil {
		return nil, err
	}
	nano := l.cfg.Now().UnixNano()
	for i := range all {
		c := &all[i]
		c.entry, c.ahead = entry{key: c.key}, false
		for _, t := range tallies(pages[i]) {
			if t.Key == c.key {
				c.entry, c.ahead = t.entry(c.limit, nano)
			}
		}
	}
	return pages, nil
}

// tallies reads a page; one that cannot be read is begun anew.
func tallies(p Page) []tally {
	var all []tally
	if len(p.Data) > 0 && json.Unmarshal(p.Data, &all) != nil {
		return nil
	}
	return all
}

// raise adds to counts in the ledger, or answers ErrTooManyLogins where one of
// them is full by now, unless full ones are to be raised too. An attempt that would
// not have been admitted after what others failed meanwhile is thereby answered
// something else than its outcome: so all nodes together say no more about a password
// than one would. Where only the account itself is full its counts stay as they are.
func (l *Logins) raise(ctx context.Context, left []counted, weight int, full bool) ([]counted, error) {
	var raised []counted
	for try := range ledgerTries {
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
		pages, err := l.readCounts(ctx, left)
		if err != nil {
			return nil, err
		}
		nano := l.cfg.Now().UnixNano()
		usedUp := false
		if !full {
			err := l.judge(left, nano)
			if usedUp = errors.Is(err, ErrUsedUp); err != nil && !usedUp {
				return nil, err
			}
		}
		for i := range left {
			c := &left[i]
			if c.still = c.still || c.joined && usedUp; c.still {
				continue
			}
			for range weight {
				c.entry.fail(c.limit, nano)
			}
		}
		done, err := l.write(ctx, left, pages, nano)
		if err != nil {
			return nil, err
		}
		var again []counted
		for i, c := range left {
			if done[i] {
				raised = append(raised, c)
			} else {
				again = append(again, c)
			}
		}
		if left = again; len(left) == 0 {
			return raised, nil
		}
	}
	return nil, l.tooMany(l.cfg.Pair.First)
}

// write puts counts on their pages, several on one where they share it.
func (l *Logins) write(ctx context.Context, all []counted, pages []Page, nano int64) ([]bool, error) {
	var written []Page
	at := make([]int, len(all))
	for i, c := range all {
		at[i] = slices.IndexFunc(written, func(p Page) bool { return p.Name == pages[i].Name })
		if at[i] < 0 {
			at[i] = len(written)
			written = append(written, pages[i])
		}
		written[at[i]].put(c.entry, c.limit, nano)
	}
	wrote, err := l.cfg.Ledger.Write(ctx, written)
	if err != nil {
		return nil, err
	}
	done := make([]bool, len(all))
	for i := range all {
		done[i] = wrote[at[i]]
	}
	return done, nil
}

func (l *Logins) tooMany(wait time.Duration) error {
	l.refused.Add(1)
	return ErrTooManyLogins.New().RetryIn(wait)
}

// stands reads an attempt's counts anew, and answers as judge does where it would
// not be admitted any more after what others failed meanwhile.
func (l *Logins) stands(ctx context.Context, all []counted, further ...string) ([]Page, error) {
	pages, err := l.readCounts(ctx, all, further...)
	if err != nil {
		return nil, err
	}
	return pages, l.judge(all, l.cfg.Now().UnixNano())
}

// confirm tells whether a right password may be said to be right: whether the
// attempt still stands. Then its own failures are forgotten, and where it came
// from is known to its account. What cannot be written of that is left to time.
func (l *Logins) confirm(ctx context.Context, a *Attempt) error {
	all, places := l.counts(a), []string{placeSpace.page(a.account)}
	if a.whole != nil {
		places = append(places, placeSpace.page(a.whole.account))
	}
	for try := range ledgerTries {
		if err := pause(ctx, try); err != nil {
			return err
		}
		pages, err := l.stands(ctx, all, places...)
		if err != nil {
			return err
		}
		changed := l.forgiven(a, all, pages)
		if len(changed) == 0 {
			return nil
		}
		if done, err := l.cfg.Ledger.Write(ctx, changed); err != nil || !slices.Contains(done, false) {
			return err
		}
	}
	return nil
}

// forgiven are the pages that change when an attempt succeeds.
func (l *Logins) forgiven(a *Attempt, all []counted, pages []Page) []Page {
	now := l.cfg.Now()
	changed := make([]bool, len(pages))
	// first is the place of the page at i, which several may share.
	first := func(i int) int {
		return slices.IndexFunc(pages, func(p Page) bool { return p.Name == pages[i].Name })
	}
	for i, c := range all {
		if c.space == pairSpace && c.entry.failures > 0 {
			at := first(i)
			pages[at].put(entry{key: c.key}, c.limit, now.UnixNano())
			changed[at] = true
		}
	}
	for i, of := range [...]*Attempt{a, a.whole} {
		if of != nil && of.addressPlace != 0 {
			at := first(len(all) + i)
			changed[at] = pages[at].house(of.account, of.addressPlace, l.cfg.Remember, now) || changed[at]
		}
	}
	var write []Page
	for i, p := range pages {
		if changed[i] {
			write = append(write, p)
		}
	}
	return write
}

// put writes a count on a page. A full page gives up the one with the fewest
// failures.
func (p *Page) put(e entry, limit Limit, nano int64) {
	kept := slices.DeleteFunc(tallies(*p), func(t tally) bool {
		was, _ := t.entry(limit, nano)
		return t.Key == e.key || was.failures == 0
	})
	if len(kept) >= ledgerEntries {
		slices.SortFunc(kept, func(a, b tally) int {
			if a.Failures != b.Failures {
				return int(b.Failures - a.Failures)
			}
			return int(max(-1, min(1, b.Since-a.Since)))
		})
		kept = kept[:ledgerEntries-1]
	}
	if e.failures > 0 {
		kept = append(kept, tally{Key: e.key, Failures: e.failures, Since: e.since, Until: e.until, Delay: e.delay})
	}
	last := nano + int64(limit.Forgive)
	for _, t := range kept {
		last = max(last, t.Until, t.Since+int64(t.Failures+1)*int64(limit.Forgive))
	}
	p.encode(kept, time.Unix(0, last))
}

func (p *Page) encode(content any, expires time.Time) {
	p.Data, _ = json.Marshal(content) // numbers always encode
	p.Expires = expires
}

// pause waits before a further try of what others were faster at.
func pause(ctx context.Context, try int) error {
	if try == 0 {
		return nil
	}
	return sleep(ctx, rand.N(ledgerPause*time.Duration(min(try, 8))))
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
