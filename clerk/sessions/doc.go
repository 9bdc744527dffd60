// Package sessions declares the actions of Clerk's Backend API about sessions, their
// tokens and the keys that verify the tokens.
//
// Both dialects list and end the same sessions. The id of a session here is its id in
// Kuzzle's dialect with the prefix sess_ and without hyphens. An ended session is
// deleted; Clerk keeps it with another status.
package sessions
