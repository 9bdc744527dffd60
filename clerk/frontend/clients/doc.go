// Package clients declares the actions of Clerk's Frontend API about the browser itself: its state,
// its sessions and their tokens, and the handshake by which servers of applications learn of them.
package clients
