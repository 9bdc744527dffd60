package network

import (
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

// scarceWait is how long accepting waits when the system has no descriptor left and
// the server has none to free.
const scarceWait = 10 * time.Millisecond

// countedListener accepts connections for which there is a place and closes all
// others at once, so that none waits unseen in the system's queue. The code that
// sees a connection end must release it.
type countedListener struct {
	net.Listener
	slots  *slots
	tls    *tls.Config
	secure *secure
	once   sync.Once
	closed chan struct{}
}

func newCountedListener(listener net.Listener, slots *slots, config *tls.Config, heeds *secure) *countedListener {
	return &countedListener{Listener: listener, slots: slots, tls: config, secure: heeds, closed: make(chan struct{})}
}

func (l *countedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if platform.Scarce(err) && l.relieved() {
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
		if l.tls == nil {
			return &clientConn{Conn: conn, of: of, secure: l.secure}, nil
		}
		// The handshake is part of reading the first request and has the same
		// bounds.
		return &clientConn{Conn: tls.Server(conn, l.tls), of: of}, nil
	}
}

// relieved frees descriptors, or waits for free ones. It returns false once the
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
