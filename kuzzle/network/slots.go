package network

import (
	"cmp"
	"math/bits"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// The bounds of connections that follow from their number.
const (
	// leastPerAddress is how many connections one address may have at least.
	leastPerAddress = 64
	// addressShare is the part of all slots that one address may have: a tenth.
	addressShare = 10
	// evictionShare is the part of a limit that is freed at once, so that finding
	// out who goes costs little for each connection.
	evictionShare = 64
	// reserved is how many connections beyond the slots are heard out, to answer
	// probes and to refuse the rest in words; reservedPerAddress is how many of
	// them one address may have, and reservedTime how long one may be silent.
	reserved           = 64
	reservedPerAddress = 8
	reservedTime       = 2 * time.Second
	// crowded is the part of the slots, in eighths, below which a full house is
	// not full any more.
	crowded = 7
)

// slots are the places for connections. One address has a part of them at most.
// When they run out, those go first that the server has nothing to do for and
// that have shown no token, of the greediest addresses first. A connection for
// which there is no slot is heard out in a small reserve.
type slots struct {
	max, perAddress int
	// trusts tells which peers are proxies: they stand for many clients and have
	// no limit of their own.
	trusts func(netip.Addr) bool
	// loginGrace is how long sockets may go without a token in a full house.
	loginGrace time.Duration

	// short, if not nil, are slots of others that give up descriptors where these
	// have none to give.
	short *slots

	refused, evicted atomic.Int64

	mu sync.Mutex
	// by has the connections with a slot, by the address that they count for;
	// those of trusted proxies under the zero address.
	by    map[netip.Addr]map[*connection]struct{}
	count int
	// spare has the connections of the reserve, the oldest first.
	spare []*connection
	// full is when the slots ran out, zero while they have not; sweep then ends
	// sockets without a token.
	full  time.Time
	sweep *time.Timer
	done  bool
}

// Descriptors kept back from connections: a tenth of those that the process may
// have, and at least some, for the store, the log, other servers, the probes and
// the operator.
const (
	keptShare        = 10
	leastDescriptors = 2*reserved + 64
)

// SlotsFor is how many connections a server can have that is told to have at most
// so many: fewer where the process may not have enough descriptors.
func SlotsFor(most int) int {
	limit, known := descriptors()
	if !known || limit >= uint64(most)*2 {
		return most
	}
	kept := max(limit/keptShare, leastDescriptors)
	if limit <= kept {
		return min(most, leastSlots)
	}
	return min(most, max(int(limit-kept), leastSlots))
}

// connectionWeight is about how many bytes an open connection takes, with its
// goroutine, its buffers and the head of a request. All of them together may take
// as much as the memory budget, beside it.
const connectionWeight = 40 << 10

// leastSlots is how many a server has even where descriptors do not suffice.
const leastSlots = 10

func newSlots(opts *Options, trusts func(netip.Addr) bool) *slots {
	most := opts.MaxConnections
	if limit := opts.Budget.Limit(); limit > 0 {
		most = min(most, max(int(limit/connectionWeight), leastSlots))
	}
	s := &slots{max: SlotsFor(most), perAddress: opts.MaxPerAddress, trusts: trusts, loginGrace: opts.WebSocket.LoginGrace,
		by: map[netip.Addr]map[*connection]struct{}{}}
	if s.perAddress == 0 {
		s.perAddress = max(s.max/addressShare, leastPerAddress)
	}
	return s
}

// place is where a connection is counted.
type place uint8

const (
	nowhere place = iota
	inSlot
	inReserve
)

// admit finds a place for a new connection. It returns false when there is none,
// not even in the reserve.
func (s *slots) admit(c *connection) bool {
	key := addressKey(c.remote)
	if s.trusts(c.remote) {
		key = netip.Addr{}
	}
	c.active.Store(time.Now().UnixNano())
	s.mu.Lock()
	gone := s.makeRoom(key)
	admitted := true
	if s.fits(key) {
		s.take(c, key)
	} else {
		var dropped *connection
		dropped, admitted = s.spareFor(c, key)
		if dropped != nil {
			gone = append(gone, dropped)
		}
	}
	s.mu.Unlock()
	dismiss(gone)
	if !admitted {
		s.refused.Add(1)
	}
	return admitted
}

// fits tells whether one more connection may count for an address. It is called
// with mu held, as are all that follow up to release.
func (s *slots) fits(key netip.Addr) bool {
	return s.count < s.max && (!key.IsValid() || len(s.by[key]) < s.perAddress)
}

// makeRoom takes the slots of connections that go before one that counts for the
// address. The caller dismisses them.
func (s *slots) makeRoom(key netip.Addr) []*connection {
	if key.IsValid() && len(s.by[key]) >= s.perAddress {
		return s.evict(map[netip.Addr]map[*connection]struct{}{key: s.by[key]}, max(1, s.perAddress/evictionShare), false)
	}
	if s.count >= s.max {
		s.noteFull()
		return s.evict(s.by, max(1, s.max/evictionShare), true)
	}
	return nil
}

func (s *slots) take(c *connection, key netip.Addr) {
	c.place, c.counts = inSlot, key
	of := s.by[key]
	if of == nil {
		of = map[*connection]struct{}{}
		s.by[key] = of
	}
	of[c] = struct{}{}
	if s.count++; s.count >= s.max {
		s.noteFull()
	}
}

func (s *slots) leave(c *connection) {
	switch c.place {
	case inSlot:
		of := s.by[c.counts]
		if delete(of, c); len(of) == 0 {
			delete(s.by, c.counts)
		}
		if s.count--; !s.full.IsZero() && s.count < s.max*crowded/8 {
			s.full = time.Time{}
			s.sweep.Stop()
		}
	case inReserve:
		s.spare = slices.DeleteFunc(s.spare, func(other *connection) bool { return other == c })
	}
	c.place = nowhere
}

// spareFor puts a connection into the reserve, in the place of the oldest if it
// has to.
func (s *slots) spareFor(c *connection, key netip.Addr) (dropped *connection, admitted bool) {
	same := 0
	for _, other := range s.spare {
		if key.IsValid() && other.counts == key {
			same++
		}
	}
	if same >= reservedPerAddress || len(s.spare) >= reserved {
		for _, other := range s.spare {
			if (same < reservedPerAddress || other.counts == key) && other.give() {
				dropped = other
				break
			}
		}
		if dropped == nil {
			return nil, false
		}
		s.leave(dropped)
	}
	c.place, c.counts = inReserve, key
	c.spare.Store(true)
	s.spare = append(s.spare, c)
	c.silence = time.AfterFunc(reservedTime, func() { s.endSilence(c) })
	return dropped, true
}

// endSilence closes a connection of the reserve that has not asked for anything.
func (s *slots) endSilence(c *connection) {
	s.mu.Lock()
	silent := c.place == inReserve && c.give()
	if silent {
		s.leave(c)
	}
	s.mu.Unlock()
	if silent {
		dismiss([]*connection{c})
	}
}

// victim is a connection that can go.
type victim struct {
	*connection
	// second marks those that go after all others.
	second bool
	greed  int
	active int64
}

// evict takes the slots of at most n of the connections that can go: those that
// have shown no token, the greediest addresses' first, and of these the ones that
// were idle for longest. With all, others that are idle between two HTTP requests
// follow them.
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
	// Those who go after all others go no faster than they must.
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

// noteFull remembers since when the house is full, and looks after the sockets
// without a token while it is.
func (s *slots) noteFull() {
	if !s.full.IsZero() || s.done {
		return
	}
	s.full = time.Now()
	s.sweep = time.AfterFunc(s.loginGrace, s.closeStrangers)
}

// closeStrangers ends the sockets that have had their time to authenticate in a
// full house and did not, whatever else they did.
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

// relieve closes some of the connections that can go, for want of something else
// than slots, such as descriptors. It returns how many.
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

// promote gives a connection of the reserve a slot if there is one by now. It
// returns why not otherwise.
func (s *slots) promote(c *connection) (placed, greedy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.place != inReserve {
		return c.place == inSlot, false
	}
	key := c.counts
	if !s.fits(key) {
		return false, key.IsValid() && len(s.by[key]) >= s.perAddress
	}
	s.leave(c)
	c.silence.Stop()
	c.spare.Store(false)
	s.take(c, key)
	return true, false
}

// attribute counts a connection that came through a trusted proxy and stays, as
// a WebSocket does, for its client. It returns false when that one has too many.
func (s *slots) attribute(c *connection, client netip.Addr) bool {
	if !client.IsValid() || s.trusts(client) {
		return true
	}
	key := addressKey(client)
	s.mu.Lock()
	if c.place != inSlot || c.counts == key {
		s.mu.Unlock()
		return true
	}
	var gone []*connection
	if len(s.by[key]) >= s.perAddress {
		gone = s.makeRoom(key)
	}
	fits := len(s.by[key]) < s.perAddress
	if fits {
		s.leave(c)
		s.take(c, key)
	}
	s.mu.Unlock()
	dismiss(gone)
	return fits
}

// follow notes what net/http does with a connection.
func (s *slots) follow(c net.Conn, state http.ConnState) {
	client, ok := c.(*clientConn)
	if !ok {
		return
	}
	switch state {
	case http.StateActive, http.StateIdle:
		client.of.idle.Store(state == http.StateIdle)
	case http.StateClosed:
		client.of.release()
	}
}

// release gives back what a connection that has closed held.
func (s *slots) release(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.silence != nil {
		c.silence.Stop()
	}
	s.leave(c)
}

// stop ends what runs beside requests.
func (s *slots) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	if s.sweep != nil {
		s.sweep.Stop()
	}
}

// errFullHouse is what a socket that goes is told.
var errFullHouse = leaving{websocket.CloseTryAgainLater, "the server is full, and this socket has shown no token: log in sooner"}

// dismiss ends connections that have lost their place. It is called without mu:
// closing waits for whoever uses the connection, and ends in release.
func dismiss(gone []*connection) {
	for _, c := range gone {
		if socket := c.socket.Load(); socket != nil {
			socket.leave(&errFullHouse)
		} else {
			_ = c.conn.Close()
		}
	}
}

// addressKey is what an address counts by: IPv6 by the network of a customer.
func addressKey(address netip.Addr) netip.Addr {
	const customer = 64
	if !address.Is6() || address.Is4In6() {
		return address
	}
	prefix, err := address.Prefix(customer)
	if err != nil {
		return address
	}
	return prefix.Addr()
}
