// Package bulkqueue writes records, by compare-and-set only.
//
// Each index has a Queue, which carries one _bulk at a time and gathers meanwhile
// what goes with the next; the writes that want to be visible share its refresh
// (pace.go). What the cluster did not take is sent again a few times. Where an
// answer was lost, the record tells whether the write was done (sending.go).
package bulkqueue
