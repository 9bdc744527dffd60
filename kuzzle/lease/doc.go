// Package lease has one server of those that share a store do a job at a time.
//
// A lease is a document that its holder renews by compare-and-swap. Whoever wants
// it takes it over once it has not changed for [For] by the taker's own clock, so
// that clocks that disagree give it to nobody early. A holder that cannot renew it
// stops its job before that. A holder that stops well gives it back at once; one
// that was killed is followed within [For] and a moment.
//
// For a moment after a pause of the whole process two may work: what a job writes
// has to bear that. Where no other process writes the store the lease is always
// held.
package lease
