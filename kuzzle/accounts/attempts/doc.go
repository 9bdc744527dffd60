// Package attempts counts logins and other requests that prove something, or reveal something about
// a name. It asks the throttle first, takes a slot in the hash pool, remembers the state of the
// user that a strategy saw, and settles the result.
package attempts
