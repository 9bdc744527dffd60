// Package attempts is what a login, and everything else that proves or tells
// something about a name, is counted by: it asks the throttle first, keeps a place
// in the hash pool, remembers which state of a user was judged, and settles how it
// ended.
package attempts
