// Package rights stores roles and profiles. It checks clients' definitions, stores them, and
// decides what a set of profiles may do.
//
// The rules are those of package profiles. This package adds storage, caches and the standard
// contents. Package accounts builds on it, because users hold profiles; this package knows no
// users.
package rights
