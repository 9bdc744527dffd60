// Package sessions stores the credentials of clients after a login: sessions, their tokens, and API
// keys. Each one records the session or key that made it.
//
// A session is valid while its user exists in the same incarnation and epoch, and while everything
// that made it is valid. So one commit on the user, or on one session, ends everything that depends
// on it; the leftovers in the store are swept later. [Sessions.Open] is the only function that
// creates sessions.
package sessions
