// Package audit records every action with its actor and its subject.
//
// It writes domain events as JSON lines to a stream of its own: a file, or standard error, where
// "stream":"audit" marks its lines. It knows only events. The records hold no secrets, since events
// hold none.
//
// A goroutine writes, started by [Open] and stopped by Close, behind a bounded queue. When the
// queue is full, the publisher first waits a moment. Only then is the record dropped and counted,
// and the loss itself is recorded as soon as there is space.
package audit
