package audit

import (
	"bytes"
	"encoding/json"
	"runtime"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

// batchBytes is about the size of one write.
const batchBytes = 64 << 10

// complainEvery is the shortest time between logged failures.
const complainEvery = time.Second

// writer is the goroutine that owns the sink.
type writer struct {
	log  *Log
	sink *sink
	// batch is the content of one write; lines encodes into it.
	batch bytes.Buffer
	lines *json.Encoder
	// told is the number of lost records that were recorded.
	told       uint64
	complained time.Time
}

func newWriter(log *Log, sink *sink) *writer {
	w := &writer{log: log, sink: sink}
	w.lines = json.NewEncoder(&w.batch)
	return w
}

// run ends after Close, when the queue is empty or Close stopped waiting.
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

// write writes events, and those waiting in the queue, in one call.
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

// more reports whether an event waits. Publishers that one event woke together, such as users
// written together, get one turn to publish first, so that one call writes all their events.
func (w *writer) more() bool {
	if len(w.log.queue) == 0 {
		runtime.Gosched()
	}
	return len(w.log.queue) > 0
}

// add appends a record's line. Events hold only values that JSON can encode, which their bus
// ensures. JSON escapes line breaks, so no value can begin a line of its own.
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
