package backend

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
)

// links knows the session of each WebSocket, to notify the client when the session
// expires. A connection has at most one session; the last one used counts.
type links struct {
	notice []byte
	now    func() time.Time

	mu     sync.Mutex
	byConn map[*api.Peer]*link
	closed bool
}

type link struct {
	kuid, session string
	expires       time.Time
	timer         *time.Timer
}

func newLinks(node string, now func() time.Time) *links {
	notice, _ := json.Marshal(map[string]any{ // strings and numbers always encode
		"status": 200, "info": "This is an automated server notification", "message": "Authentication Token Expired",
		"type": "TokenExpired", "room": "kuzzle:notification:server", "node": node,
	})
	return &links{notice: notice, now: now, byConn: map[*api.Peer]*link{}}
}

// attach links a connection to a session, in place of the earlier one. Of several
// tokens of one session the one with the latest end counts: a request that ran
// while its token was refreshed does not shorten the link.
func (l *links) attach(peer *api.Peer, kuid, session string, expires time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	know(peer, true)
	before := l.byConn[peer]
	if before != nil && before.session == session && before.until(expires) {
		return
	}
	l.put(peer, kuid, session, expires)
}

// put links a connection to a session until it expires. The caller holds mu.
func (l *links) put(peer *api.Peer, kuid, session string, expires time.Time) {
	if l.closed {
		return
	}
	l.byConn[peer].stop()
	next := &link{kuid: kuid, session: session, expires: expires}
	l.byConn[peer] = next
	if !expires.IsZero() {
		next.timer = time.AfterFunc(expires.Sub(l.now()), func() { l.expire(peer, next) })
	}
}

// opened links the connection of a login to the new session.
func (l *links) opened(req *api.Request, s strategies.Session) {
	if req.Peer.Link == nil {
		return
	}
	var expires time.Time
	if s.ExpiresAt >= 0 {
		expires = time.UnixMilli(s.ExpiresAt)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(req.Peer, s.Kuid, s.ID, expires)
}

func (l *links) expire(peer *api.Peer, expired *link) {
	l.mu.Lock()
	current := l.byConn[peer] == expired
	if current {
		delete(l.byConn, peer)
		know(peer, false)
	}
	l.mu.Unlock()
	if current {
		peer.Link.Push(l.notice)
	}
}

// detach forgets a closed connection.
func (l *links) detach(peer *api.Peer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byConn[peer].stop()
	delete(l.byConn, peer)
}

// ended forgets the links to an ended session without a notification: to all
// sessions of a user if session is "", to all sessions if kuid is "" too.
func (l *links) ended(kuid, session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for peer, link := range l.byConn {
		if (kuid == "" || link.kuid == kuid) && (session == "" || link.session == session) {
			link.stop()
			delete(l.byConn, peer)
			know(peer, false)
		}
	}
}

func (l *links) close() {
	l.ended("", "")
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
}

// until reports whether the link has the given end, zero for none.
func (l *link) until(expires time.Time) bool {
	return l.expires.IsZero() || !expires.IsZero() && !l.expires.Before(expires)
}

func (l *link) stop() {
	if l != nil && l.timer != nil {
		l.timer.Stop()
	}
}

// know tells the transport whether a valid token stands behind a connection.
func know(peer *api.Peer, known bool) {
	if peer.Link != nil {
		peer.Link.Known(known)
	}
}
