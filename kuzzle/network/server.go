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

// Server is the HTTP and WebSocket server of one dispatcher. As an
// [http.Handler] it answers HTTP requests and upgrades to WebSocket; Serve runs
// the complete server around it.
type Server struct {
	dispatcher *api.Dispatcher
	opts       Options
	fixed      fixedHeaders
	date       date
	compressor *compressor
	// heavy has a place for each piece of heavy work that is done at once.
	heavy    chan struct{}
	upgrader *upgrader
	sockets  sockets
	workers  *workers
	http     atomic.Int64
	// stopping is true from the moment that Serve is told to stop; left then has a
	// value whenever no HTTP connection is left.
	stopping   atomic.Bool
	left       chan struct{}
	slots      *slots
	forwarders forwarders
	secure     secure
	mounts     []Mount
}

// New returns the server of a dispatcher.
func New(d *api.Dispatcher, opts Options) *Server {
	s := &Server{dispatcher: d, opts: opts.withDefaults()}
	s.fixed = newFixedHeaders(&s.opts)
	s.compressor = newCompressor()
	s.heavy = make(chan struct{}, heavyLanes())
	s.upgrader = s.newUpgrader()
	s.slots = newSlots(&s.opts, s.trusts)
	s.workers = newWorkers()
	s.left = make(chan struct{}, 1)
	s.secure.log = s.opts.Log
	s.mounts = cleaned(s.opts.Mounts)
	s.sockets.open = map[*socket]struct{}{}
	return s
}

// Stats are the number of open connections, and since the start the numbers of
// refused ones and of those closed for lack of a slot.
type Stats struct {
	HTTP, WebSocket  int
	Refused, Evicted int64
}

// Stats returns the counts of connections.
func (s *Server) Stats() Stats {
	return Stats{HTTP: int(s.http.Load()), WebSocket: s.sockets.count(), Refused: s.slots.refused.Load(), Evicted: s.slots.evicted.Load()}
}

// Serve answers the connections of a listener until ctx is done. Then it stops accepting,
// finishes the requests it has accepted, tells WebSockets that it is going away, and
// returns. The last answer of an HTTP connection announces its end; idle connections are
// closed after Options.Linger. Requests that are not done within Options.ShutdownGrace are
// cut off. Serve closes the listener, and is called once for a Server.
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
		// OPTIONS * is answered like OPTIONS of any path.
		DisableGeneralOptionsHandler: true,

		ErrorLog: slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
	}
	counted := newCountedListener(listener, s.slots, s.opts.TLS, &s.secure)
	var ending sync.WaitGroup
	served := make(chan struct{})
	ending.Go(func() {
		select {
		case <-ctx.Done():
		case <-served:
		}
		s.stop(base, front, counted)
	})
	err := front.Serve(counted)
	asked := s.stopping.Load()
	close(served)
	ending.Wait()
	if errors.Is(err, http.ErrServerClosed) || asked && errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// stop ends what Serve started.
func (s *Server) stop(ctx context.Context, front *http.Server, listener net.Listener) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.ShutdownGrace)
	defer cancel()
	now := s.Stats()
	s.opts.Log.InfoContext(ctx, "shutting down", "connections", now.HTTP, "webSockets", now.WebSocket, "atMost", s.opts.ShutdownGrace)
	s.stopping.Store(true)
	s.sockets.drain()
	_ = listener.Close() // it may have failed before
	s.linger(ctx)
	if err := front.Shutdown(ctx); err != nil {
		s.opts.Log.WarnContext(ctx, "requests were cut off at shutdown", "error", err)
		_ = front.Close() // its only error is that a connection is closed already
	}
	s.sockets.wait(ctx)
	s.slots.stop()
	s.workers.stop()
}

// linger waits until no HTTP connection is left, or Options.Linger has passed. A client
// that is about to ask when its connection is closed would lose its request.
func (s *Server) linger(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Linger)
	defer cancel()
	for s.http.Load() > 0 {
		select {
		case <-s.left:
		case <-ctx.Done():
			return
		}
	}
}

// connState counts connections. A hijacked one is a WebSocket's, which counts
// itself.
func (s *Server) connState(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.http.Add(1)
	case http.StateHijacked, http.StateClosed:
		if s.http.Add(-1) == 0 {
			select {
			case s.left <- struct{}{}:
			default:
			}
		}
	}
	s.slots.follow(c, state)
}

func deadlineIn(d time.Duration) time.Time { return time.Now().Add(d) }
