// Package profiles decides the actions that a user may call. A role lists actions. A policy gives a
// role to a profile, optionally only for some indexes and collections. A user holds profiles.
//
// The package turns decoded JSON documents into typed roles and profiles, and refuses wrong
// definitions. A [Compiled] decides quickly whether a user may call an action; it explains its
// decisions ([Compiled.Explain]). [Rights] lists the rights.
//
// The package does no I/O and keeps no state. It knows no users and no requests; the caller passes
// the existing actions as a [Catalogue].
package profiles
