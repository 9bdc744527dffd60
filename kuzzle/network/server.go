package network

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Server is the front door of one dispatcher. It is an [http.Handler], which
// answers HTTP requests and upgrades to WebSocket, and Serve is the complete
// server around it.
type Server struct {
	dispatcher *api.Dispatcher
	opts       Options
	fixed      fixedHeaders
	compressor *compressor
	// heavy has a place for each piece of heavy work that is done at once.
	heavy      chan struct{}
	upgrader   *upgrader
	sockets    sockets
	workers    *workers
	http       atomic.Int64
	slots      *slots
	forwarders forwarders
	mounts     []Mount
}

// New makes the front door of a dispatcher.
func New(d *api.Dispatcher, opts Options) *Server {
	s := &Server{dispatcher: d, opts: opts.withDefaults()}
	s.fixed = newFixedHeaders(&s.opts)
	s.compressor = newCompressor()
	s.heavy = make(chan struct{}, heavyLanes())
	s.upgrader = s.newUpgrader()
	s.slots = newSlots(&s.opts, s.trusts)
	s.workers = newWorkers()
	s.mounts = cleaned(s.opts.Mounts)
	s.sockets.open = map[*socket]struct{}{}
	return s
}

// Stats are the connections open now, and how many were refused and closed
// since the start for want of a slot.
type Stats struct {
	HTTP, WebSocket  int
	Refused, Evicted int64
}

// Stats counts connections.
func (s *Server) Stats() Stats {
	return Stats{HTTP: int(s.http.Load()), WebSocket: s.sockets.count(), Refused: s.slots.refused.Load(), Evicted: s.slots.evicted.Load()}
}

// Serve answers the connections of a listener until ctx is done; then it stops
// accepting, finishes the requests it has accepted, tells WebSockets that it is
// going away, and returns. What is not done within Options.ShutdownGrace is cut
// off. It closes the listener, and is called once for a Server.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	base := context.WithoutCancel(ctx)
	whole := s.opts.RequestTimeout + s.opts.ReadTimeout
	front := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.opts.HeaderTimeout,
		IdleTimeout:       s.opts.IdleTimeout,
		ReadTimeout:       whole,
		WriteTimeout:      whole + s.opts.WriteTimeout,
		MaxHeaderBytes:    MaxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       withConnection,
		ConnState:         s.connState,
		// OPTIONS * is answered as that of any path.
		DisableGeneralOptionsHandler: true,

		ErrorLog: slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
	}
	var stopping sync.WaitGroup
	served := make(chan struct{})
	stopping.Go(func() {
		select {
		case <-ctx.Done():
		case <-served:
		}
		s.stop(base, front)
	})
	err := front.Serve(newCountedListener(listener, s.slots, s.opts.TLS))
	close(served)
	stopping.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// stop ends what Serve started.
func (s *Server) stop(ctx context.Context, front *http.Server) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.ShutdownGrace)
	defer cancel()
	s.sockets.drain()
	if err := front.Shutdown(ctx); err != nil {
		s.opts.Log.WarnContext(ctx, "requests were cut off at shutdown", "error", err)
		_ = front.Close() // what it could say is that a connection is closed already
	}
	s.sockets.wait(ctx)
	s.slots.stop()
	s.workers.stop()
}

// connState counts connections. A hijacked one is a WebSocket's, which counts
// itself.
func (s *Server) connState(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.http.Add(1)
	case http.StateHijacked, http.StateClosed:
		s.http.Add(-1)
	}
	s.slots.follow(c, state)
}

func deadlineIn(d time.Duration) time.Time { return time.Now().Add(d) }
