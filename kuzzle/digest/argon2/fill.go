package argon2

import "sync"

// fill computes every block, segment after segment (RFC 9106, 3.2, steps 5 and
// 6). Lanes do not depend on one another within a segment. It reports false when
// the context ended first.
func (r *run) fill() bool {
	for pass := range r.Passes {
		for slice := range uint32(syncPoints) {
			r.slice(pass, slice)
			if r.ctx.Err() != nil {
				return false
			}
		}
	}
	return true
}

// checkEvery is the number of blocks between two checks of the context: less than a
// millisecond.
const checkEvery = 1 << 10

// slice computes one segment of every lane, on as many threads as allowed.
func (r *run) slice(pass, slice uint32) {
	lanes, threads := uint32(r.Lanes), uint32(min(r.threads, int(r.Lanes)))
	some := func(first uint32) {
		for lane := first; lane < lanes; lane += threads {
			r.fillSegment(pass, slice, lane)
		}
	}
	var others sync.WaitGroup
	for first := uint32(1); first < threads; first++ {
		others.Go(func() { some(first) })
	}
	some(0)
	others.Wait()
}

// fillSegment computes the blocks of one lane between two sync points.
func (r *run) fillSegment(pass, slice, lane uint32) {
	look := &r.looks[lane]
	look.begin(r, pass, slice, lane)
	index := uint32(0)
	if pass == 0 && slice == 0 {
		index = 2 // the first two are there
	}
	at := lane*r.lane + slice*r.segment + index
	before := at - 1
	if slice == 0 && index == 0 {
		before = (lane+1)*r.lane - 1 // the lane's last
	}
	for ; index < r.segment; index++ {
		if index%checkEvery == 0 && r.ctx.Err() != nil {
			return
		}
		random := r.memory[before][0]
		if look.fixed {
			random = look.address(index)
		}
		back := look.back(random, index)
		compress(&r.memory[at], &r.memory[before], &r.memory[back], pass > 0 && !r.Old)
		before, at = at, at+1
	}
}

// look is the choice of earlier blocks in one segment (RFC 9106, 3.4).
type look struct {
	*run
	lane, slice, pass uint32
	// fixed is set if the addresses do not depend on computed data.
	fixed bool
	// counter makes the addresses, a block of them at a time.
	counter, addresses block
}

func (l *look) begin(r *run, pass, slice, lane uint32) {
	l.run, l.pass, l.slice, l.lane = r, pass, slice, lane
	l.fixed = r.Kind == I || r.Kind == ID && pass == 0 && slice < syncPoints/2
	if !l.fixed {
		return
	}
	l.counter = block{
		uint64(pass), uint64(lane), uint64(slice), uint64(len(r.memory)), uint64(r.Passes), uint64(r.Kind),
	}
	l.next()
}

// next makes the next block of addresses.
func (l *look) next() {
	var zero, between block
	l.counter[6]++
	compress(&between, &zero, &l.counter, false)
	compress(&l.addresses, &zero, &between, false)
}

// address returns the number that selects the earlier block for block index. Calls have to
// come in order.
func (l *look) address(index uint32) uint64 {
	if index > 0 && index%blockWords == 0 {
		l.next()
	}
	return l.addresses[index%blockWords]
}

// back returns the position of the block that random selects.
func (l *look) back(random uint64, index uint32) uint32 {
	lane := uint32(random>>32) % uint32(l.Lanes)
	if l.pass == 0 && l.slice == 0 {
		lane = l.lane // nothing of the others is complete
	}
	// Complete are the segments of this pass and the rest of the last one; of the own lane
	// also the blocks of this segment, except the one just before.
	complete, first := l.slice*l.segment, uint32(0)
	if l.pass > 0 {
		complete, first = l.run.lane-l.segment, (l.slice+1)%syncPoints*l.segment
	}
	switch {
	case lane == l.lane:
		complete += index - 1
	case index == 0:
		complete--
	}
	x := random & (1<<32 - 1)
	x = x * x >> 32
	x = uint64(complete) * x >> 32
	place := first + complete - 1 - uint32(x)
	if place >= l.run.lane {
		place -= l.run.lane
	}
	return lane*l.run.lane + place
}
