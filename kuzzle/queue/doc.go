// Package queue keeps work in the store until it is done.
//
// A payload is encrypted at rest. A function gets it at least once, on one server at a
// time (package lease), in the order of arrival among payloads with the same key.
// Failed work is tried again with growing pauses, which do not delay other keys. Work
// that is too old is given up and logged, even if it waits behind other work. Work
// survives a restart and kill -9; an acknowledged Put is never lost.
//
// This package does not know the meaning of payloads.
package queue
