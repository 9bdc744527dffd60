// Package user is the controller user: newer names for actions of the controller security, and
// their routes.
//
// It has no handlers, rights or limits of its own: an alias is replaced by the canonical name
// before any check, so it cannot bypass one.
package user
