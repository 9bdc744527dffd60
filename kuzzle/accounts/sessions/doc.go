// Package sessions keeps what a client proves itself with after a login: sessions,
// their tokens and API keys, and by which of them each was made.
//
// A session counts while its user is there in the same incarnation and epoch, and
// while everything that made it counts. So one commit on the user, or on one
// session, ends all that depends on it; what is left in the store is swept later.
// [Sessions.Open] is the only place where a session is born.
package sessions
