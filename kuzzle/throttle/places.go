package throttle

import "time"

const (
	// placesKept is how many addresses, and how many devices, are known of an account; the latest
	// stay.
	placesKept = 4
	placeWays  = 4
)

// place is an address or device, by 32 bits of its keyed hash: among eight of an account, a false
// match has a chance of one in 500 million. seen is in minutes since 1970; 0 marks a free entry.
type place struct{ hash, seen uint32 }

// account lists the addresses and devices of an account's logins.
type account struct {
	key                uint64
	addresses, devices [placesKept]place
}

func (a *account) latest() uint32 {
	var latest uint32
	for i := range placesKept {
		latest = max(latest, a.addresses[i].seen, a.devices[i].seen)
	}
	return latest
}

// places remembers the addresses and devices of accounts' logins. Only right logins write here, so
// an attacker cannot fill it. When it is full, it replaces the account that was not seen for the
// longest time.
type places struct {
	slots[account]
	remember time.Duration
}

func newPlaces(remember time.Duration, most int) places {
	return places{newSlots(func(a *account) uint64 { return a.key }, placeWays, most), remember}
}

// knows reports whether the account recently logged in from this address and from this device. A
// hash of 0 matches nothing.
func (p *places) knows(key uint64, address, device uint32, now time.Time) (byAddress, byDevice bool) {
	a := p.find(key)
	if a == nil {
		return false, false
	}
	oldest := minutes(now.Add(-p.remember))
	return holds(a.addresses[:], address, oldest), holds(a.devices[:], device, oldest)
}

func (p *places) add(key uint64, address, device uint32, now time.Time) {
	a := p.get(key)
	put(a.addresses[:], address, minutes(now))
	put(a.devices[:], device, minutes(now))
}

func (p *places) get(key uint64) *account {
	if a := p.find(key); a != nil {
		return a
	}
	a := p.room(key, func(bucket []account) (*account, bool) {
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

func holds(list []place, hash, oldest uint32) bool {
	for _, p := range list {
		if hash != 0 && p.hash == hash && p.seen > 0 && p.seen >= oldest {
			return true
		}
	}
	return false
}

// put records that an address or device was seen, in its own entry or in place of the oldest.
func put(list []place, hash, now uint32) {
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
	list[slot] = place{hash, max(now, 1)}
}

func minutes(t time.Time) uint32 { return uint32(max(t.Unix()/60, 0)) }
