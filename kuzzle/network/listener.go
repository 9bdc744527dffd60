package network

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// scarceWait is how long accepting waits when the system has no descriptor left
// and none of ours can be given up.
const scarceWait = 10 * time.Millisecond

// countedListener accepts connections for which there is a place and closes all
// others at once, so that none waits unseen in the system's queue. Whoever sees a
// connection end releases it.
type countedListener struct {
	net.Listener
	slots  *slots
	tls    *tls.Config
	once   sync.Once
	closed chan struct{}
}

func newCountedListener(listener net.Listener, slots *slots, config *tls.Config) *countedListener {
	return &countedListener{Listener: listener, slots: slots, tls: config, closed: make(chan struct{})}
}

func (l *countedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if scarce(err) && l.relieved() {
				continue
			}
			return nil, err
		}
		of := &connection{id: newID(), remote: addressOf(conn.RemoteAddr()), local: addressOf(conn.LocalAddr()),
			tls: l.tls != nil, conn: conn, slots: l.slots}
		if !l.slots.admit(of) {
			_ = conn.Close()
			continue
		}
		if l.tls != nil {
			// The handshake is a part of reading the first request, and as bounded.
			conn = tls.Server(conn, l.tls)
		}
		return &clientConn{Conn: conn, of: of}, nil
	}
}

// scarce tells whether accepting failed for want of something that comes back.
func scarce(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

// relieved frees descriptors, or waits for some. It returns false once the
// listener is closed.
func (l *countedListener) relieved() bool {
	if l.slots.relieve() > 0 {
		return true
	}
	select {
	case <-l.closed:
		return false
	case <-time.After(scarceWait):
		return true
	}
}

func (l *countedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
