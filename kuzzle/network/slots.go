package network

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of connections that derive from their number.
const (
	// leastPerAddress is the lowest limit of connections for one address.
	leastPerAddress = 64
	// addressShare is the part of all slots that one address may have: a tenth.
	addressShare = 10
	// evictionShare is the part of a limit that is freed at once, so that the
	// search for victims costs little per connection.
	evictionShare = 64
	// reserved is the number of connections beyond the slots that are accepted to
	// answer probes and to refuse all other requests with a message.
	// reservedPerAddress is how many of them one address may have, reservedTime
	// how long one may be silent.
	reserved           = 64
	reservedPerAddress = 8
	reservedTime       = 2 * time.Second
	// crowded is the part of the slots, in eighths, below which a full server is
	// no longer full.
	crowded = 7
)

// slots are the places for connections. One address gets a limited part of them.
// When they run out, idle connections without a token are closed first, beginning
// with the addresses that have the most connections. A connection without a slot
// gets its answer in a small reserve.
type slots struct {
	max, perAddress int
	// trusts reports whether a peer is a proxy: a proxy stands for many clients
	// and has no limit of its own.
	trusts func(netip.Addr) bool
	// loginGrace is how long sockets may stay without a token while the server is
	// full.
	loginGrace time.Duration

	// short, if not nil, are other slots that free descriptors when these have
	// none to free.
	short *slots

	refused, evicted atomic.Int64

	mu sync.Mutex
	// by has the connections with a slot, by the address for which they count;
	// those of trusted proxies are under the zero address.
	by    map[netip.Addr]map[*connection]struct{}
	count int
	// spare has the connections of the reserve, the oldest first.
	spare []*connection
	// full is the time when the slots ran out, or zero; sweep then ends sockets
	// without a token.
	full  time.Time
	sweep *time.Timer
	done  bool
}

// Descriptors that connections may not use: a tenth of the process's limit, and
// at least some, for the store, the log, other servers, the probes and the
// operator.
const (
	keptShare        = 10
	leastDescriptors = 2*reserved + 64
)

// SlotsFor returns the number of connections for a server with that configured
// maximum. It is lower if the process may not open enough descriptors.
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

// connectionWeight is the approximate size in bytes of an open connection, with
// its goroutine, its buffers and the head of a request. All connections together
// may take as much as the memory budget, in addition to it.
const connectionWeight = 40 << 10

// leastSlots is the number of slots that a server has even if descriptors do not
// suffice.
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

// place is the list in which a connection is counted.
type place uint8

const (
	nowhere place = iota
	inSlot
	inReserve
)

// admit finds a place for a new connection. It returns false if there is none,
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

// fits reports whether one more connection may count for an address. It and all
// functions up to release are called with mu held.
func (s *slots) fits(key netip.Addr) bool {
	return s.count < s.max && (!key.IsValid() || len(s.by[key]) < s.perAddress)
}

// makeRoom takes the slots of connections that must yield to one of the address.
// The caller dismisses them.
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

// spareFor puts a connection into the reserve, if necessary in the place of the
// oldest.
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

// endSilence closes a connection of the reserve that has sent no request.
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

// promote gives a connection of the reserve a slot if one is free now. Otherwise
// it returns the reason.
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

// attribute counts a connection that came through a trusted proxy and stays, as a
// WebSocket does, for its client. It returns false if that client has too many.
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

// follow records the state that net/http reports for a connection.
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

// release gives back the slot of a closed connection.
func (s *slots) release(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.silence != nil {
		c.silence.Stop()
	}
	s.leave(c)
}

// stop ends the background work.
func (s *slots) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	if s.sweep != nil {
		s.sweep.Stop()
	}
}

// addressKey returns the key by which an address is counted: for IPv6 the network
// of one customer.
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
