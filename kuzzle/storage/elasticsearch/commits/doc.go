// Package commits changes a document and its claims as a unit without transactions.
//
// commit.go has the order of writes, hold.go the taking of claims and the recovery
// when another node stopped in the middle, many.go creations in groups. A change
// continues when its caller has stopped waiting, so that nothing is left half done.
package commits
