package throttle

import "time"

const (
	// ways is how many entries a key may sit in; they are searched in order.
	ways = 8
	// unresolved is the age at which reservations of which nothing was heard
	// are dropped, far above any request's deadline.
	unresolved = 5 * time.Minute
)

// entry counts the failures of one key, which is known by a keyed hash alone.
type entry struct {
	key uint64
	// since is when the oldest failure that is still counted began to be
	// forgotten; until is when the next attempt may come; begun is the latest
	// reservation. All are UnixNano.
	since, until, begun int64
	failures            int32
	pending             int32
	// delay is how far until was ahead when it was set, in milliseconds.
	delay uint32
	asked bool
}

// settle forgets what time has forgiven.
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

// bound has times that lie further ahead than this clock can have set them count
// from now: the clock was set back, or that of another node is ahead. It reports
// whether there were any.
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

// admits tells whether an attempt may start now. Those in flight count as
// failures until they are resolved: busy says that their outcome decides, wait
// how long to stay away.
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

// weight orders entries by what is lost with them: attempts in flight, then
// failures, then that somebody was asked.
func (e *entry) weight() int64 {
	weight := int64(e.pending)<<33 + int64(e.failures)<<1
	if e.asked {
		weight++
	}
	return weight
}

// table holds the entries of many keys. A full bucket gives up the entry with
// the fewest failures: to push out an account that has n of them, somebody who
// cannot see the hashes has to make n failures on about as many keys as there are
// entries, which the limits of the addresses they come from make dear. A flood of
// fresh keys only pushes out itself.
type table struct {
	slots[entry]
	limit Limit
}

func newTable(limit Limit, most int) table {
	return table{newSlots(func(e *entry) uint64 { return e.key }, ways, most), limit}
}

// get answers the entry of a key and makes one if there is none. It is good
// until the next get.
func (t *table) get(key uint64, now int64) *entry {
	if e := t.find(key); e != nil {
		e.settle(t.limit, now)
		return e
	}
	e := t.room(key, func(bucket []entry) (*entry, bool) {
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
