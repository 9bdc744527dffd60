package throttle

import "time"

const (
	// ways is the number of entries in a bucket; they are searched in order.
	ways = 8
	// unresolved is the age at which abandoned reservations are dropped, far above any request's
	// deadline.
	unresolved = 5 * time.Minute
)

// entry counts the failures of one key, which is a keyed hash.
type entry struct {
	key uint64
	// since is when the oldest counted failure began to be forgotten; until is the time of the next
	// attempt; begun is the latest reservation. All are in UnixNano.
	since, until, begun int64
	failures            int32
	pending             int32
	// delay is the time to until when it was set, in milliseconds.
	delay uint32
	asked bool
}

// settle removes the failures that are forgiven by now.
func (e *entry) settle(limit Limit, now int64) {
	e.bound(now)
	if gone := (now - e.since) / int64(limit.Forgive); e.failures > 0 && gone > 0 {
		e.failures = int32(max(int64(e.failures)-gone, 0))
		e.since += gone * int64(limit.Forgive)
	}
	if e.pending > 0 && now-e.begun > int64(unresolved) {
		e.pending = 0
	}
}

// bound sets times that are too far ahead for this clock to count from now: the clock was set back,
// or another node's clock is ahead. It reports whether there were any.
func (e *entry) bound(now int64) bool {
	until := now + int64(e.delay)*int64(time.Millisecond)
	if e.since <= now && e.begun <= now && e.until <= until {
		return false
	}
	e.since, e.begun, e.until = min(e.since, now), min(e.begun, now), min(e.until, until)
	return true
}

// fail counts a failure and sets the time of the next attempt.
func (e *entry) fail(limit Limit, now int64) {
	if e.failures == 0 {
		e.since = now
	}
	e.failures = int32(min(int(e.failures)+1, limit.most()))
	e.wait(now, limit.delay(int(e.failures)))
}

// wait sets the time of the next attempt.
func (e *entry) wait(now int64, delay time.Duration) {
	e.until, e.delay = now+int64(delay), uint32((delay+time.Millisecond-1)/time.Millisecond)
}

// reserve counts an attempt in flight.
func (e *entry) reserve(now int64) {
	e.pending++
	e.begun = now
}

// admits reports whether an attempt may start now. Those in flight count as failures until they are
// resolved: busy is set if their outcome decides; wait is the time until the next attempt.
func (e *entry) admits(limit Limit, now int64) (wait time.Duration, busy bool) {
	if e == nil {
		return 0, false
	}
	e.settle(limit, now)
	switch {
	case int(e.failures) >= limit.Free:
		if now < e.until {
			return time.Duration(e.until - now), false
		}
		return 0, e.pending > 0
	default:
		return 0, int(e.failures+e.pending) >= limit.Free
	}
}

// failed reports whether any failure is remembered.
func (e *entry) failed() bool { return e != nil && e.failures > 0 }

// weight orders entries by the cost of losing them: attempts in flight first, then failures, then
// asked entries.
func (e *entry) weight() int64 {
	weight := int64(e.pending)<<33 + int64(e.failures)<<1
	if e.asked {
		weight++
	}
	return weight
}

// table holds the entries of many keys. A full bucket loses the entry with the fewest failures. To
// remove an account with n failures, an attacker who cannot see the hashes must make n failures on
// about as many keys as there are entries, which the limits of addresses make expensive. A flood of
// new keys only replaces itself.
type table struct {
	slots[entry]
	limit Limit
}

func newTable(limit Limit, most int) table {
	return table{newSlots(func(e *entry) uint64 { return e.key }, ways, most), limit}
}

// find returns the entry of a key, or nil.
func (t *table) find(key uint64) *entry { return findIn(&t.slots, key) }

// get returns the entry of a key, and creates a missing one. It is valid until the next get.
func (t *table) get(key uint64, now int64) *entry {
	if e := t.find(key); e != nil {
		e.settle(t.limit, now)
		return e
	}
	e := roomIn(&t.slots, key, func(bucket []entry) (*entry, bool) {
		lightest := t.lightest(bucket, now)
		return lightest, lightest.weight() == 0
	})
	*e = entry{key: key}
	return e
}

func (t *table) lightest(bucket []entry, now int64) *entry {
	lightest := &bucket[0]
	for i := range bucket {
		e := &bucket[i]
		e.settle(t.limit, now)
		if e.weight() < lightest.weight() || (e.weight() == lightest.weight() && e.since < lightest.since) {
			lightest = e
		}
	}
	return lightest
}
