// Package bulkqueue writes records, by compare-and-set only.
//
// Each index has a Queue. It sends one _bulk at a time and meanwhile gathers
// writes for the next. Writes that must become visible share its refresh
// (pace.go). Refused writes are sent again a few times. If an answer is lost, the
// record itself tells whether the write was done (sending.go).
package bulkqueue
