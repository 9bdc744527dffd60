// Package history stores recent events for administrators: the latest events of each user, and the
// last day's security events of all users. The audit log has all events, and keeps them; this
// package has those that can be shown quickly.
//
// It stores domain events, which hold no secrets, unchanged, in documents that expire: one for each
// user, and one for each minute and server. Events wait in memory for a second before they are
// written, so that many events of a user take one write. If the process is killed, those of the
// last second are lost. All of it is bounded: the waiting events, the events of a user and a
// minute, and their age.
package history
