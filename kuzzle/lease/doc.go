// Package lease lets one server at a time, of those that share a store, do a job.
//
// A lease is a document that its holder renews by compare-and-set. Another server
// takes it over once it has not changed for [For] by that server's own clock, so
// different clocks never cause an early takeover. A holder that cannot renew it
// stops its job before that. A holder that stops regularly gives it back at once.
// After a killed holder another one follows within [For] and a moment.
//
// For a moment after a pause of the whole process two holders may work; the writes
// of a job must tolerate that. If no other process writes the store, the lease is
// always held.
package lease
