// Package history keeps a little of what has happened, for administrators who look: the
// latest events of each user, and those of the last day that concern the security of all.
// The audit log has everything, and for good; this is what can be shown at once.
//
// In come domain events, which hold no secret, out come the same. They are kept among the
// things that expire: a document for each user, and one for each minute and server. Events
// wait in memory for a second before they are written, so that many of one user are one
// write; those of the last second are lost when the process is killed. All of it is bounded:
// what waits, how many events a user and a minute have, and their age.
package history
