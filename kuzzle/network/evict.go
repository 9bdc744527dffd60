package network

import (
	"cmp"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// victim is a connection that may be closed.
type victim struct {
	*connection
	// second marks victims that are closed after all others.
	second bool
	greed  int
	active int64
}

// evict takes the slots of at most n connections that may be closed: those
// without a token, those of the addresses with the most connections first, and of
// these the ones that were idle for longest. If all is set, other connections
// that are idle between two HTTP requests follow.
func (s *slots) evict(from map[netip.Addr]map[*connection]struct{}, n int, all bool) []*connection {
	var found []victim
	for key, of := range from {
		for c := range of {
			second := c.known.Load() || !key.IsValid()
			if second && !(all && c.idle.Load() && c.socket.Load() == nil) || c.working() {
				continue
			}
			found = append(found, victim{c, second, bits.Len(uint(len(of))), c.active.Load()})
		}
	}
	slices.SortFunc(found, func(a, b victim) int {
		switch {
		case a.second != b.second:
			if b.second {
				return -1
			}
			return 1
		case !a.second && a.greed != b.greed:
			return b.greed - a.greed
		}
		return cmp.Compare(a.active, b.active)
	})
	// Second victims are closed only as far as necessary.
	if len(found) > 0 && found[0].second {
		n = 1
	}
	var gone []*connection
	for _, v := range found {
		if len(gone) == n {
			break
		}
		if v.give() {
			s.leave(v.connection)
			gone = append(gone, v.connection)
		}
	}
	s.evicted.Add(int64(len(gone)))
	return gone
}

// noteFull records since when the server is full, and watches the sockets without
// a token while it is.
func (s *slots) noteFull() {
	if !s.full.IsZero() || s.done {
		return
	}
	s.full = time.Now()
	s.sweep = time.AfterFunc(s.loginGrace, s.closeStrangers)
}

// closeStrangers ends sockets that did not authenticate in time while the server
// is full, regardless of their activity.
func (s *slots) closeStrangers() {
	now := time.Now()
	s.mu.Lock()
	if s.done || s.full.IsZero() {
		s.mu.Unlock()
		return
	}
	var ended []*connection
	for _, of := range s.by {
		for c := range of {
			if c.socket.Load() != nil && !c.known.Load() && now.Sub(c.since) >= s.loginGrace {
				ended = append(ended, c)
			}
		}
	}
	for _, c := range ended {
		c.work.Store(gone)
		s.leave(c)
	}
	s.evicted.Add(int64(len(ended)))
	if !s.full.IsZero() {
		s.sweep.Reset(max(s.loginGrace/10, time.Millisecond))
	}
	s.mu.Unlock()
	dismiss(ended)
}

// relieve closes some of the connections that may be closed, for lack of another
// resource than slots, such as descriptors. It returns their number.
func (s *slots) relieve() int {
	s.mu.Lock()
	gone := s.evict(s.by, max(1, s.count/evictionShare), true)
	s.mu.Unlock()
	dismiss(gone)
	if len(gone) == 0 && s.short != nil {
		return s.short.relieve()
	}
	return len(gone)
}

// errFullHouse is the close frame of a socket that is closed because the server
// is full.
var errFullHouse = leaving{websocket.CloseTryAgainLater, "the server is full, and this socket has shown no token: log in sooner"}

// dismiss ends connections that have lost their place. It is called without mu:
// closing waits for the users of the connection, and ends in release.
func dismiss(gone []*connection) {
	for _, c := range gone {
		if socket := c.socket.Load(); socket != nil {
			socket.leave(&errFullHouse)
		} else {
			_ = c.conn.Close()
		}
	}
}
