// Package events publishes the events of the domain, such as a created user or a refused session.
//
// Packages publish events where they happen, and subscribers get them: audit, hooks, webhooks.
// Events are about the domain, not about requests: an import and the command line publish the same
// events as a request. Subscribers cannot refuse or change anything.
//
// No event can hold a secret by accident: its data has only the declared fields with their declared
// types, see fields.go, and everything else is removed before a subscriber sees it. In particular
// no field has the name that somebody typed in a refused login, which may be a password.
package events
