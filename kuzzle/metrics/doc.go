// Package metrics counts the server's activity and shows it in three forms: for
// Prometheus, as server:metrics, and as the frames of server:getStats.
//
// It observes finished requests of the dispatcher, and reads the state of other
// packages through the functions of [Sources], when a reader asks. This package knows
// none of those packages and starts no goroutine: the next request or reader
// completes a frame when its time has come.
//
// Labels are bounded: controllers and actions are existing ones, and every other name
// is counted as unknown; statuses and error ids are declared ones. No metric contains
// a name, an address or another value of a client.
//
// The Prometheus form tells strangers too much. So it must be protected by the rights
// of server:metrics ([Metrics.Raw]) or have its own address ([Metrics.Handler]).
//
// The Prometheus form is written here, without prometheus/client_golang, which takes
// 1 MiB of memory and 1 ms of a start with all its imports. The tests check the
// output with Prometheus' own parser and linter.
package metrics
