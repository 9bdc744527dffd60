package pool

import (
	"container/list"
	"time"
)

// Source is the account and address for which a hash is computed. Each account, and each
// address, holds at most a quarter of the pool: of its queue always, and of its lanes unless
// they are idle and the hash is brief. It may always run one hash.
type Source struct {
	// Account and Address are numbers for the two; 0 is none.
	Account, Address uint64
	// Refused means that earlier attempts of either were refused. Such a source waits behind
	// others: it has one turn for refusedTurns turns of theirs.
	Refused bool
}

const (
	// quarter divides the pool's lanes, queue and waiting time.
	quarter = 4
	// refusedTurns is the number of turns of others for one turn of a refused source.
	refusedTurns = 4
	// brief is the longest effort of a hash that may borrow idle lanes, so that a hash that
	// arrives meanwhile does not wait long.
	brief = 100 * time.Millisecond
)

// party is the share of one account or address in a pool.
type party struct {
	lanes, queued, kept int
	// turn is the turn of its latest waiter.
	turn int64
}

func (s Source) keys() [2]uint64 { return [2]uint64{s.Account, s.Address} }

// borrows reports whether a source may have idle lanes beyond its share.
func (s Source) borrows(cost Cost) bool { return !s.Refused && cost.Effort <= brief }

// change changes the share of an account and an address. A turn of 0 is none. The pool's
// lock is held.
func (p *Pool) change(from Source, lanes, queued, kept int, turn int64) {
	for _, key := range from.keys() {
		if key == 0 {
			continue
		}
		its := p.parties[key]
		its.lanes += lanes
		its.queued += queued
		its.kept += kept
		its.turn = max(its.turn, turn)
		if its.lanes == 0 && its.queued == 0 && its.kept == 0 {
			delete(p.parties, key)
		} else {
			p.parties[key] = its
		}
	}
}

func (p *Pool) keep(from Source, places int) {
	p.kept += places
	before := p.parties[from.Address].kept
	p.change(from, 0, 0, places, 0)
	switch after := p.parties[from.Address].kept; {
	case from.Address == 0:
		p.keepers += places
	case before == 0:
		p.keepers++
	case after == 0:
		p.keepers--
	}
}

// holdsShare reports whether the lanes of a source's account or address leave none for this
// cost. One hash, with any number of lanes, is always allowed.
func (p *Pool) holdsShare(from Source, cost Cost) bool {
	for _, key := range from.keys() {
		its := p.parties[key]
		if key != 0 && its.lanes > 0 && its.lanes+cost.Lanes > p.limits.Workers/quarter {
			return true
		}
	}
	return false
}

// fillsShare reports whether the account or address has its full share of the queue, in
// places or in their expected time.
func (p *Pool) fillsShare(from Source) bool {
	for _, key := range from.keys() {
		its := p.parties[key]
		waiting := its.queued + its.kept
		took := time.Duration(waiting) * p.mean / time.Duration(p.limits.Workers)
		if key != 0 && waiting > 0 && (waiting >= p.limits.Waiting/quarter || took > p.limits.Wait/quarter) {
			return true
		}
	}
	return false
}

// keptBy returns the number of places of a source's account or address.
func (p *Pool) keptBy(from Source) (places int64) {
	for _, key := range from.keys() {
		if key != 0 {
			places = max(places, int64(p.parties[key].kept))
		}
	}
	return places
}

// turnOf returns the turn of a source's next waiter, and the waiter before it.
func (p *Pool) turnOf(from Source) (turn int64, behind *list.Element) {
	turn = p.turn
	for _, key := range from.keys() {
		if its, ok := p.parties[key]; ok && key != 0 {
			turn = max(turn, its.turn)
		}
	}
	if from.Refused {
		turn += refusedTurns
	} else {
		turn++
	}
	for behind = p.queue.Back(); behind != nil && behind.Value.(*waiter).turn > turn; {
		behind = behind.Prev()
	}
	return turn, behind
}

// join puts a waiter into the queue behind another, nil for the front.
func (p *Pool) join(w *waiter, behind *list.Element) *list.Element {
	p.change(w.from, 0, 1, 0, w.turn)
	if behind == nil {
		return p.queue.PushFront(w)
	}
	return p.queue.InsertAfter(w, behind)
}

// remove removes a waiter from the queue.
func (p *Pool) remove(at *list.Element) {
	w := p.queue.Remove(at).(*waiter)
	p.change(w.from, 0, -1, 0, 0)
}
