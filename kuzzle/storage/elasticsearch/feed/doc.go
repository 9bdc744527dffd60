// Package feed tells the nodes what each of them changes, so that they may keep
// what they read. changes.go has the protocol, and why nothing older than a second
// is ever used.
//
// Each node has a journal, which it alone writes (journal.go), a list names the
// journals (members.go), and a follower makes of all journals which documents may
// be kept and which servers live (follower.go).
package feed
