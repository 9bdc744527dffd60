// Package audit writes down who did what to whom.
//
// In come domain events, out go JSON lines in a stream of their own: a file, or
// standard error among other lines, told apart by "stream":"audit". It knows
// events and nothing else of ours, and holds no secret since events hold none.
//
// Writing is a goroutine's job, started by [Open] and stopped by Close, behind a
// bounded queue. Records are not dropped lightly: when the queue is full, whoever
// publishes waits a moment, and only then is a record dropped, which is counted,
// and written down as a record itself as soon as there is room.
package audit
