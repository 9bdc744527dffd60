// Package feed notifies the nodes of each other's changes, so that they may cache
// documents. changes.go has the protocol, and why no node uses a value older than
// a second.
//
// Each node has a journal, which only it writes (journal.go). A list names the
// journals (members.go). A follower derives from all journals which documents may
// be cached and which servers are alive (follower.go).
package feed
