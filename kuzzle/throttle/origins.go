package throttle

import "time"

const (
	// originsKept is how many addresses, and how many devices, are known of an account; the latest
	// stay.
	originsKept = 4
	originWays  = 4
)

// origin is an address or device, by 32 bits of its keyed hash: among eight of an account, a false
// match has a chance of one in 500 million. seen is in minutes since 1970; 0 marks a free entry.
type origin struct{ hash, seen uint32 }

// account lists the addresses and devices of an account's logins.
type account struct {
	key                uint64
	addresses, devices [originsKept]origin
}

func (a *account) latest() uint32 {
	var latest uint32
	for i := range originsKept {
		latest = max(latest, a.addresses[i].seen, a.devices[i].seen)
	}
	return latest
}

// origins remembers the addresses and devices of accounts' logins. Only right logins write here, so
// an attacker cannot fill it. When it is full, it replaces the account that was not seen for the
// longest time.
type origins struct {
	slots[account]
	remember time.Duration
}

func newOrigins(remember time.Duration, most int) origins {
	return origins{newSlots(func(a *account) uint64 { return a.key }, originWays, most), remember}
}

// knows reports whether the account recently logged in from this address and from this device. A
// hash of 0 matches nothing.
func (p *origins) knows(key uint64, address, device uint32, now time.Time) (byAddress, byDevice bool) {
	a := findIn(&p.slots, key)
	if a == nil {
		return false, false
	}
	oldest := minutes(now.Add(-p.remember))
	return holds(a.addresses[:], address, oldest), holds(a.devices[:], device, oldest)
}

func (p *origins) add(key uint64, address, device uint32, now time.Time) {
	a := p.get(key)
	put(a.addresses[:], address, minutes(now))
	put(a.devices[:], device, minutes(now))
}

func (p *origins) get(key uint64) *account {
	if a := findIn(&p.slots, key); a != nil {
		return a
	}
	a := roomIn(&p.slots, key, func(bucket []account) (*account, bool) {
		oldest := &bucket[0]
		for i := range bucket {
			if bucket[i].latest() < oldest.latest() {
				oldest = &bucket[i]
			}
		}
		return oldest, oldest.key == 0
	})
	*a = account{key: key}
	return a
}

func holds(list []origin, hash, oldest uint32) bool {
	for _, p := range list {
		if hash != 0 && p.hash == hash && p.seen > 0 && p.seen >= oldest {
			return true
		}
	}
	return false
}

// put records that an address or device was seen, in its own entry or in place of the oldest.
func put(list []origin, hash, now uint32) {
	if hash == 0 {
		return
	}
	slot := 0
	for i, p := range list {
		if p.hash == hash {
			slot = i
			break
		}
		if p.seen < list[slot].seen {
			slot = i
		}
	}
	list[slot] = origin{hash, max(now, 1)}
}

func minutes(t time.Time) uint32 { return uint32(max(t.Unix()/60, 0)) }
