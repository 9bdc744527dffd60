// Package queue keeps work in the store until it is done.
//
// In comes a payload, which is sealed at rest; it is handed to a function at least
// once, by one server at a time (package lease), in the order of arrival among
// those of one key. What fails is tried again with growing pauses, which hold up
// no other key, until it is too old: then it is given up, which is logged, whatever
// waits before it. What was put survives a restart and kill -9; an acknowledged Put is
// not lost.
//
// This package knows nothing of what the work is.
package queue
