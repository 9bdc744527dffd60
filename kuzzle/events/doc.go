// Package events carries what has happened in the domain: a user was created, a
// session refused.
//
// In come events from the packages where things happen, out go the same events to
// those who subscribed: audit, hooks, later webhooks. They concern what is, not
// how it was asked for: an import and the command line publish the same events
// as a request. Nobody here can refuse or change anything.
//
// No event can hold a secret by accident: its data has declared fields of
// declared types alone, see fields.go, and what does not fit is taken out before
// a subscriber sees it. In particular there is no field for what somebody typed
// as a name at a refused login: now and then that is a password.
package events
