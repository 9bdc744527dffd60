// Package budget bounds the memory that the process holds for requests, and
// computes that bound for this machine.
//
// A [Budget] is the bound. Code that is about to hold bytes takes a [Share] of
// it first: for a body that is read and decoded, a message of a WebSocket, an
// answer that waits for a slow reader, a batch of an import. A share counts the
// decoded size, which is up to fifty times the size of the text.
//
// The memory of password hashing is claimed in addition to the shares: the hash
// pool bounds it, and less is left for shares meanwhile.
//
// A request for bytes that are not available waits briefly in a queue, and is
// then refused. Small shares have half of the budget to themselves, so that
// large ones never block ordinary requests. A slow reader is cut off when others
// need its share. A budget has no goroutine.
//
// This package imports only the standard library and knows nothing of this
// program.
package budget
