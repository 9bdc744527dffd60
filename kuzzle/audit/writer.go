package audit

import (
	"bytes"
	"encoding/json"
	"runtime"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// batchBytes is about how much is written in one call.
const batchBytes = 64 << 10

// complainEvery bounds how often a failure to write is logged.
const complainEvery = time.Second

// writer is the goroutine that owns the sink.
type writer struct {
	log  *Log
	sink *sink
	// batch is what is written in one call, lines writes to it.
	batch bytes.Buffer
	lines *json.Encoder
	// told is how many lost records have been written down.
	told       uint64
	complained time.Time
}

func newWriter(log *Log, sink *sink) *writer {
	w := &writer{log: log, sink: sink}
	w.lines = json.NewEncoder(&w.batch)
	return w
}

// run ends after Close, when the queue is empty or nobody waits for it any more.
func (w *writer) run() {
	defer close(w.log.done)
	for {
		select {
		case event := <-w.log.queue:
			w.write(event)
		case answer := <-w.log.reopen:
			answer <- w.sink.open()
		case <-w.log.closing:
			for len(w.log.queue) > 0 && !w.log.abandoned.Load() {
				w.write(<-w.log.queue)
			}
			w.write()
			w.log.result = w.sink.close()
			return
		}
	}
}

// write writes events and those that wait behind them, in one call.
func (w *writer) write(list ...*events.Event) {
	w.batch.Reset()
	count := uint64(0)
	for _, event := range list {
		w.add(recordOf(event))
		count++
	}
	for w.batch.Len() < batchBytes && w.more() {
		w.add(recordOf(<-w.log.queue))
		count++
	}
	lost := w.log.dropped.Load()
	if lost > w.told {
		w.add(Record{Time: time.Now().UTC(), Stream: Stream, Event: Dropped, Lost: lost - w.told})
	}
	if w.batch.Len() == 0 {
		return
	}
	if err := w.sink.write(w.batch.Bytes()); err != nil {
		w.lose(count, err)
		return
	}
	w.log.written.Add(count)
	w.told = lost
}

// more tells whether an event waits. Those whose events have the same cause, such
// as users written together, are woken together: they get one turn to publish,
// so that one call writes what all of them have done.
func (w *writer) more() bool {
	if len(w.log.queue) == 0 {
		runtime.Gosched()
	}
	return len(w.log.queue) > 0
}

// add appends a record's line. That events hold nothing that JSON cannot say is
// seen to where they are published. JSON escapes line breaks, so that no value can
// begin a line of its own.
func (w *writer) add(r Record) {
	if err := w.lines.Encode(r); err != nil {
		w.lose(1, err)
	}
}

func (w *writer) lose(count uint64, err error) {
	w.log.dropped.Add(count)
	if now := time.Now(); now.Sub(w.complained) >= complainEvery {
		w.complained = now
		w.log.cfg.Log.Error("audit: records are being lost", "error", err, "lost", w.log.dropped.Load())
	}
}
