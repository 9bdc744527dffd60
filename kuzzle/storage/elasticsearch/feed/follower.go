package feed

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// follower derives from all journals which subjects are being changed and which
// servers are alive. It uses its own clock only, from the time when it first saw
// a note or beat.
type follower struct {
	// window is how long an open note without an end holds.
	window time.Duration
	listen atomic.Pointer[func(storage.Subject)]

	// These belong to the reader of the journals; there is one at a time.
	seen  map[string]int64
	beats map[string]pulse
	left  int64
	begun bool

	mu sync.Mutex
	// open are the running changes; blocked counts them by subject.
	open    map[change]opened
	blocked map[storage.Subject]int
}

// change identifies a note of a journal. Notes of this node itself have no
// journal.
type change struct {
	journal string
	n       int64
}

type opened struct {
	of    storage.Subject
	since time.Time
}

// pulse is a node's last beat, and when it was first seen.
type pulse struct {
	name  string
	beat  int64
	since time.Time
}

func newFollower(window time.Duration) *follower {
	return &follower{
		window: window, seen: map[string]int64{}, beats: map[string]pulse{},
		open: map[change]opened{}, blocked: map[storage.Subject]int{},
	}
}

// keepable reports whether no change of a subject is running.
func (f *follower) keepable(of storage.Subject) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.blocked) == 0 ||
		f.blocked[of] == 0 && f.blocked[storage.Subject{Of: of.Of}] == 0 && f.blocked[storage.Everything] == 0
}

// block makes a subject uncacheable, and then forgotten.
func (f *follower) block(c change, of storage.Subject, now time.Time) {
	f.mu.Lock()
	if _, is := f.open[c]; !is {
		f.open[c] = opened{of, now}
		f.blocked[of]++
	}
	f.mu.Unlock()
	f.tell(of)
}

// release makes a subject cacheable again. It is forgotten first: a read that
// began before the change must not be cached after it.
func (f *follower) release(c change) {
	f.mu.Lock()
	o, is := f.open[c]
	f.mu.Unlock()
	if !is {
		return
	}
	f.tell(o.of)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, c)
	if f.blocked[o.of]--; f.blocked[o.of] == 0 {
		delete(f.blocked, o.of)
	}
}

// read processes the journals of the others as of one read, and the count of
// removed nodes. All notifications are delivered when it returns.
func (f *follower) read(now time.Time, left int64, journals map[string]journal) {
	everything := !f.begun || left != f.left
	f.begun, f.left = true, left
	for id, j := range journals {
		if gap := f.follow(now, id, j); gap {
			everything = true
		}
	}
	for id := range f.seen {
		if _, there := journals[id]; !there {
			delete(f.seen, id)
			delete(f.beats, id)
			everything = true
		}
	}
	if everything {
		f.tell(storage.Everything)
	}
	for _, c := range f.ended(now, journals) {
		f.release(c)
	}
}

// follow processes one journal. It delivers each new note. gap reports that
// notes were missed: then everything must be forgotten, and open notes still
// hold.
func (f *follower) follow(now time.Time, id string, j journal) (gap bool) {
	if was := f.beats[id]; was.since.IsZero() || was.beat != j.Beat {
		f.beats[id] = pulse{name: j.Name, beat: j.Beat, since: now}
	}
	seen := f.seen[id]
	gap = seen < j.Floor || j.Last < seen
	f.seen[id] = j.Last
	for _, o := range j.Open {
		if gap || o.N > seen {
			f.block(change{id, o.N}, o.subject(), now)
		}
	}
	for _, n := range j.Notes {
		if !gap && n.N > seen {
			f.tell(n.subject())
		}
	}
	return gap
}

// ended returns the changes of others that are closed, or have been open for so
// long that none of their writes can arrive.
func (f *follower) ended(now time.Time, journals map[string]journal) (all []change) {
	open := map[change]bool{}
	for id, j := range journals {
		for _, o := range j.Open {
			open[change{id, o.N}] = true
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for c, o := range f.open {
		_, there := journals[c.journal]
		if c.journal != "" && (there && !open[c] || now.Sub(o.since) > f.window) {
			all = append(all, c)
		}
	}
	return all
}

// tell makes all caches forget a subject.
func (f *follower) tell(of storage.Subject) {
	if listen := f.listen.Load(); listen != nil {
		(*listen)(of)
	}
}

// alive returns the ids of servers whose last beat is within a lease.
func (f *follower) alive(now time.Time, lease time.Duration) []string {
	var ids []string
	for id, p := range f.beats {
		if p.name != "" && now.Sub(p.since) <= lease {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// quiet returns a node without a beat for a time, or "".
func (f *follower) quiet(now time.Time, since time.Duration) string {
	for id, p := range f.beats {
		if now.Sub(p.since) > since {
			return id
		}
	}
	return ""
}
