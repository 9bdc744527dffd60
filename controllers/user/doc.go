// Package user is the controller user: newer names of actions of the controller
// security, and routes for them.
//
// It has no handlers, rights or limits of its own: an alias is made canonical
// before anything is checked, so a second name opens no door.
package user
