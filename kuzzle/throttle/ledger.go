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

// Ledger stores the counts of several nodes, over restarts too. It holds a bounded number of pages,
// each replaced as a whole by compare-and-set. Its errors are answered to logins: without a
// readable and writable ledger nobody can log in.
type Ledger interface {
	// Read returns pages in the order of names; a missing one is empty.
	Read(ctx context.Context, names []string) ([]Page, error)
	// Write replaces pages as they were read; done tells for each whether it succeeded or somebody
	// else was faster. Replaced pages get their new Rev.
	Write(ctx context.Context, pages []Page) (done []bool, error error)
}

// Page is a part of a ledger: about 4 KiB of JSON at most.
type Page struct {
	Name string
	Data []byte
	// Expires is when all of its content is out of date.
	Expires time.Time
	// Rev is the ledger's revision, for Write.
	Rev any
}

// The size of a ledger: about 65,000 pages in all. An attack fills the pages of the names and
// addresses that it uses.
const (
	ledgerPages   = 1 << 14
	ledgerEntries = 16
	// ledgerTries is how often a count is tried after conflicts.
	ledgerTries = 24
	ledgerPause = 4 * time.Millisecond
)

// space is a kind of page.
type space string

const (
	pairSpace    space = "pair"
	accountSpace space = "account"
	addressSpace space = "address"
	originSpace  space = "place"
	// For recipients and sign-ups, see uses.
	recipientSpace space = "recipient"
	signUpSpace    space = "sign-up"
)

func (s space) page(key uint64) string { return fmt.Sprintf("%s-%04x", s, key%ledgerPages) }

// tally is a count on a page. Times are in UnixNano, by the clock of the node that counted: if its
// clock is ahead, its counts expire that much earlier.
type tally struct {
	Key      uint64 `json:"k"`
	Failures int32  `json:"f"`
	Since    int64  `json:"s"`
	Until    int64  `json:"u"`
	// Delay is the time from the count to Until, in milliseconds.
	Delay uint32 `json:"d,omitempty"`
}

// entry returns the tally in the tables' form. ahead is set if its times cannot be of this clock.
// They are bounded then, and must be written back, since every later reading would count from its
// own present.
func (t tally) entry(limit Limit, nano int64) (e entry, ahead bool) {
	e = entry{key: t.Key, failures: min(t.Failures, int32(limit.most())), since: t.Since, until: t.Until, delay: t.Delay}
	if e.delay == 0 { // written before delays were kept
		e.delay = uint32(limit.delay(int(e.failures)) / time.Millisecond)
	}
	ahead = e.bound(nano)
	e.settle(limit, nano)
	return e, ahead
}

// counted is one of the counts for an attempt.
type counted struct {
	space space
	key   uint64
	limit Limit
	// entry is the ledger's count; a missing one counts nothing.
	entry entry
	// ahead is set if the ledger's times had to be bounded.
	ahead bool
	// of is the attempt in whose tables the count is; nil for none.
	of *Attempt
	// joined is set for counts of the account itself: a full one does not refuse openly. still is
	// set for counts that are written as they were read, so that the writes are the same whether
	// they are raised or not.
	joined, still bool
}

// counts lists the counts that an attempt's failure raises.
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

// judge returns ErrTooManyLogins if one of the counts is full, and ErrUsedUp if only one of the
// account itself is.
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

// learn copies the ledger's counts for an attempt's keys. It returns the pages, with further ones
// at the end, and none without a ledger.
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

// correct writes back the counts whose times had to be bounded. If somebody else was faster, they
// did the same, or counted anew.
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

// adopt sets the tables to the ledger's values for an attempt's own counts. The attempt's shard is
// locked.
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

// readCounts reads counts from the ledger, and returns their pages and further ones.
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

// tallies decodes a page; an unreadable one counts as empty.
func tallies(p Page) []tally {
	var all []tally
	if len(p.Data) > 0 && json.Unmarshal(p.Data, &all) != nil {
		return nil
	}
	return all
}

// raise adds to counts in the ledger. If one is full, it returns ErrTooManyLogins, unless full ones
// are to be raised too. So an attempt that would no longer be admitted after the failures of others
// does not get its outcome, and all nodes together reveal no more about a password than one would.
// If only the account itself is full, its counts stay as they are.
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

// write writes counts to their pages, several to a shared page.
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

// stands reads an attempt's counts again, and returns judge's error if the attempt would no longer
// be admitted after the failures of others.
func (l *Logins) stands(ctx context.Context, all []counted, further ...string) ([]Page, error) {
	pages, err := l.readCounts(ctx, all, further...)
	if err != nil {
		return nil, err
	}
	return pages, l.judge(all, l.cfg.Now().UnixNano())
}

// confirm reports whether a right password may be answered as right: whether the attempt would
// still be admitted. Then it resets the attempt's own failures, and makes its address known to the
// account. If that cannot be written, the counts expire by themselves.
func (l *Logins) confirm(ctx context.Context, a *Attempt) error {
	all, origins := l.counts(a), []string{originSpace.page(a.account)}
	if a.whole != nil {
		origins = append(origins, originSpace.page(a.whole.account))
	}
	for try := range ledgerTries {
		if err := pause(ctx, try); err != nil {
			return err
		}
		pages, err := l.stands(ctx, all, origins...)
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

// forgiven returns the pages that change when an attempt succeeds.
func (l *Logins) forgiven(a *Attempt, all []counted, pages []Page) []Page {
	now := l.cfg.Now()
	changed := make([]bool, len(pages))
	// first is the index of the first page with the name of the page at i.
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
		if of != nil && of.addressOrigin != 0 {
			at := first(len(all) + i)
			changed[at] = pages[at].addKnown(of.account, of.addressOrigin, l.cfg.Remember, now) || changed[at]
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

// put writes a count to a page. On a full page it replaces the one with the fewest failures.
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
	p.Data, _ = json.Marshal(content) // numbers can always be encoded
	p.Expires = expires
}

// pause waits before a conflicting write is tried again.
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
