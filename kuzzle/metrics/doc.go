// Package metrics counts what the server does and shows it in three forms: for
// Prometheus, as server:metrics, and as the frames of server:getStats.
//
// In come finished requests, as an observer of the dispatcher, and the present
// state of other packages through the small functions of [Sources], which are
// called when somebody looks. This package knows none of those packages and starts no
// goroutine: a frame is made when its time has come and a request or a reader
// passes by.
//
// Labels are bounded: controllers and actions are those that exist, anything
// else a client may have typed is counted as unknown; statuses and error ids
// are declared ones. No metric holds a name, an address or anything else that
// a client sent.
//
// The Prometheus form tells strangers too much, so it belongs behind the rights
// of server:metrics ([Metrics.Raw]) or on an address of its own
// ([Metrics.Handler]).
//
// The Prometheus form is written here, without prometheus/client_golang: with all
// it imports that takes 1 MiB of a server at rest and 1 ms of its start. The
// tests read what is written with Prometheus' own parser and linter.
package metrics
