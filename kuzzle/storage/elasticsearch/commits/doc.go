// Package commits makes one unit of a document and its claims without transactions.
//
// commit.go has the order of writes, hold.go how claims are taken and what happens
// when another node stopped in the middle, many.go creations that go in groups. A
// change goes on when its caller has stopped waiting, so that nothing is left half
// done.
package commits
