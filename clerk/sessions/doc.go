// Package sessions declares the actions of Clerk's Backend API about sessions, their
// tokens and the keys that verify these.
//
// A session is the one that a login by Kuzzle's dialect begins: both list it, and end
// it. Its id here is its id there between sess_ and without the hyphens of a UUID. A
// session that was ended is gone: Clerk keeps it with another status.
package sessions
