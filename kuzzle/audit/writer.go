package audit

import (
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
	// told is how many lost records have been written down.
	told       uint64
	complained time.Time
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
func (w *writer) write(list ...events.Event) {
	var batch []byte
	count := uint64(0)
	for _, event := range list {
		batch = w.add(batch, recordOf(event))
		count++
	}
	for len(batch) < batchBytes && w.more() {
		batch = w.add(batch, recordOf(<-w.log.queue))
		count++
	}
	lost := w.log.dropped.Load()
	if lost > w.told {
		batch = w.add(batch, Record{Time: time.Now().UTC(), Stream: Stream, Event: Dropped, Lost: lost - w.told})
	}
	if len(batch) == 0 {
		return
	}
	if err := w.sink.write(batch); err != nil {
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
// seen to where they are published.
func (w *writer) add(batch []byte, r Record) []byte {
	line, err := r.line()
	if err != nil {
		w.lose(1, err)
		return batch
	}
	return append(batch, line...)
}

func (w *writer) lose(count uint64, err error) {
	w.log.dropped.Add(count)
	if now := time.Now(); now.Sub(w.complained) >= complainEvery {
		w.complained = now
		w.log.cfg.Log.Error("audit: records are being lost", "error", err, "lost", w.log.dropped.Load())
	}
}
