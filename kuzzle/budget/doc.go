// Package budget keeps the bytes in the process's hands below one bound, and
// says what that bound is on this machine.
//
// A [Budget] is the bound. Whoever is about to hold bytes takes a [Share] of it
// first: a body that is read and decoded, a message of a WebSocket, an answer
// that waits for a slow reader, a batch of an import. A share counts what the
// bytes weigh once they are decoded, which is up to fifty times their text.
//
// Memory that hashes work in is claimed beside the shares: its bound is the hash
// pool's, and shares get less meanwhile.
//
// Who gets no share waits briefly, in turn, and is refused then. Small shares
// have half of the budget to themselves, so that large ones never keep
// ordinary requests out. A slow reader is cut off when somebody else needs its
// share. No goroutine belongs to a budget.
//
// This package imports only the standard library and knows nothing of this
// program.
package budget
