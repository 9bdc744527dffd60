package audit

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// Defaults of Config.
const (
	DefaultQueue    = 4096
	DefaultPatience = 100 * time.Millisecond
)

// ErrClosed is answered after Close.
var ErrClosed = errors.New("audit: closed")

// Config is what a Log goes by.
type Config struct {
	// Path is the file to append to, made with mode 0600; empty for Out.
	Path string
	// Out is where records go without a Path, os.Stderr when nil.
	Out io.Writer
	// Queue is how many records may wait, DefaultQueue when 0.
	Queue int
	// Patience is how long a publisher waits for room in a full queue before
	// the record is dropped, DefaultPatience when 0.
	Patience time.Duration
	// Log is told of failures to write, at most one a second; slog.Default
	// when nil.
	Log *slog.Logger
}

// Log writes records. It is safe for concurrent use.
type Log struct {
	cfg     Config
	queue   chan *events.Event
	reopen  chan chan error
	closing chan struct{}
	done    chan struct{}
	result  error

	// sending is held for reading by those who put something into the queue,
	// so that Close knows when nobody does any more.
	sending sync.RWMutex
	closed  bool
	// abandoned is set when Close gave up waiting.
	abandoned atomic.Bool

	written, dropped atomic.Uint64
}

// Open starts a Log. The error is that of opening the file.
func Open(cfg Config) (*Log, error) {
	if cfg.Queue <= 0 {
		cfg.Queue = DefaultQueue
	}
	if cfg.Patience <= 0 {
		cfg.Patience = DefaultPatience
	}
	if cfg.Out == nil {
		cfg.Out = os.Stderr
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	sink, err := openSink(cfg)
	if err != nil {
		return nil, err
	}
	l := &Log{
		cfg:     cfg,
		queue:   make(chan *events.Event, cfg.Queue),
		reopen:  make(chan chan error),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	go newWriter(l, sink).run()
	return l, nil
}

var _ events.Handler = (*Log)(nil).Handle

// Handle takes an event; subscribe it to events.All. It returns when the event
// is in the queue, or was dropped after Patience.
func (l *Log) Handle(_ context.Context, event events.Event) {
	l.sending.RLock()
	defer l.sending.RUnlock()
	if l.closed {
		l.dropped.Add(1)
		return
	}
	select {
	case l.queue <- &event:
		return
	default:
	}
	patience := time.NewTimer(l.cfg.Patience)
	defer patience.Stop()
	select {
	case l.queue <- &event:
	case <-patience.C:
		l.dropped.Add(1)
	}
}

// Written is how many records were written, and Dropped how many were lost: for
// want of room, because writing failed, or after Close.
func (l *Log) Written() uint64 { return l.written.Load() }

// Dropped is explained at Written.
func (l *Log) Dropped() uint64 { return l.dropped.Load() }

// Reopen opens the file again by its name, for when it was moved away; the old
// one stays in use when that fails. Without a file it does nothing.
func (l *Log) Reopen() error {
	answer := make(chan error, 1)
	select {
	case l.reopen <- answer:
		return <-answer
	case <-l.done:
		return ErrClosed
	}
}

// Close writes what is in the queue, syncs the file and closes it. When ctx ends
// first it answers ctx's error, and writing ends with the records at hand. A
// second Close answers as the first.
func (l *Log) Close(ctx context.Context) error {
	l.sending.Lock()
	first := !l.closed
	l.closed = true
	l.sending.Unlock()
	if first {
		close(l.closing)
	}
	select {
	case <-l.done:
		return l.result
	case <-ctx.Done():
		l.abandoned.Store(true)
		return ctx.Err()
	}
}
