package throttle

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// knownAgain is how often the time of a known address is updated.
const knownAgain = 24 * time.Hour

// knownOrigins is an account's entry in a page of known addresses: hashes of addresses, with the times
// when each was last seen, in minutes since 1970.
type knownOrigins struct {
	Key     uint64      `json:"k"`
	Origins [][2]uint32 `json:"p"`
}

func (r knownOrigins) latest() uint32 {
	var latest uint32
	for _, p := range r.Origins {
		latest = max(latest, p[1])
	}
	return latest
}

func readKnown(p Page) []knownOrigins {
	var all []knownOrigins
	if len(p.Data) > 0 && json.Unmarshal(p.Data, &all) != nil {
		return nil
	}
	return all
}

// knows reports, before an attempt is refused because of strangers' failures, whether its account
// logged in from here before.
func (l *Logins) knows(ctx context.Context, a *Attempt, keys Keys) (bool, error) {
	if l.cfg.Ledger != nil && a.addressOrigin != 0 {
		pages, err := l.cfg.Ledger.Read(ctx, []string{originSpace.page(a.account)})
		if err != nil {
			return false, err
		}
		if l.knownOn(a, pages[0]) {
			return true, nil
		}
	}
	return l.cfg.Knows != nil && l.cfg.Knows(ctx, keys), nil
}

// knownOn reports whether a page has the attempt's address among those of its account.
func (l *Logins) knownOn(a *Attempt, page Page) bool {
	oldest := minutes(l.cfg.Now().Add(-l.cfg.Remember))
	for _, r := range readKnown(page) {
		if r.Key != a.account {
			continue
		}
		for _, p := range r.Origins {
			if p[0] == a.addressOrigin && p[1] >= oldest {
				return true
			}
		}
	}
	return false
}

// addKnown adds an address to a page, in place of the account's oldest, and returns false if the page
// has it already. On a full page it replaces the account that was not seen for the longest time.
func (p *Page) addKnown(account uint64, origin uint32, remember time.Duration, now time.Time) bool {
	all := readKnown(*p)
	i := slices.IndexFunc(all, func(r knownOrigins) bool { return r.Key == account })
	if i < 0 {
		if len(all) >= ledgerEntries {
			slices.SortFunc(all, func(a, b knownOrigins) int { return int(b.latest()) - int(a.latest()) })
			all = all[:ledgerEntries-1]
		}
		all = append(all, knownOrigins{Key: account})
		i = len(all) - 1
	}
	r := &all[i]
	seen := minutes(now)
	at := slices.IndexFunc(r.Origins, func(p [2]uint32) bool { return p[0] == origin })
	switch {
	case at >= 0 && seen-r.Origins[at][1] < uint32(knownAgain/time.Minute):
		return false
	case at < 0 && len(r.Origins) < originsKept:
		r.Origins = append(r.Origins, [2]uint32{origin, seen})
	case at < 0:
		slices.SortFunc(r.Origins, func(a, b [2]uint32) int { return int(b[1]) - int(a[1]) })
		at = originsKept - 1
		fallthrough
	default:
		r.Origins[at] = [2]uint32{origin, seen}
	}
	p.encode(all, now.Add(remember))
	return true
}
