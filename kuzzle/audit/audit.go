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

// ErrClosed is the error after Close.
var ErrClosed = errors.New("audit: closed")

// Config configures a Log.
type Config struct {
	// Path is the file to append to, created with mode 0600; "" writes to Out.
	Path string
	// Out gets the records without a Path, os.Stderr when nil.
	Out io.Writer
	// Queue is the maximum number of waiting records, DefaultQueue if 0.
	Queue int
	// Patience is how long a publisher waits for space in a full queue before the record is
	// dropped, DefaultPatience when 0.
	Patience time.Duration
	// Log gets failures to write, at most one a second; slog.Default when nil.
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

	// sending is read-locked while an event is put into the queue, so that Close knows when the
	// last one is in it.
	sending sync.RWMutex
	closed  bool
	// abandoned is set when Close stopped waiting.
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

// Handle takes an event; subscribe it to events.All. It returns when the event is in the queue, or
// was dropped after Patience.
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

// Written returns the number of written records. Dropped returns the number of lost ones: because
// the queue was full, because writing failed, or after Close.
func (l *Log) Written() uint64 { return l.written.Load() }

// Dropped is described at Written.
func (l *Log) Dropped() uint64 { return l.dropped.Load() }

// Reopen opens the file again by its name, after it was moved away. If that fails, the old file
// stays in use. Without a file it does nothing.
func (l *Log) Reopen() error {
	answer := make(chan error, 1)
	select {
	case l.reopen <- answer:
		return <-answer
	case <-l.done:
		return ErrClosed
	}
}

// Close writes the queue, syncs the file and closes it. If ctx ends first, Close returns ctx's
// error, and writing ends after the current records. A second Close returns the first one's result.
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
