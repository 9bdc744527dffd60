// Package profiles says what a user may do. A role lists actions, a policy
// gives a role to a profile, perhaps only for some indexes and collections, and
// a user holds profiles.
//
// In come decoded JSON documents and plain values, out come typed roles and
// profiles, refusals of wrong definitions, and [Compiled]: the answer to "may
// this user call that action", ready to be asked many times. The same values
// also explain themselves ([Compiled.Explain]) and list themselves ([Rights]).
//
// The package does no I/O and keeps no state. It knows neither users nor requests
// nor which actions exist: whoever asks brings them along as a [Catalogue].
package profiles
