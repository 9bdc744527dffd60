// Package ticket logs in whoever shows a ticket that the backend gave out: a token that
// logs a user in, or somebody in the user's place, or an invitation, of which it may make
// a user. It keeps nothing of its own; see [strategies.Tickets].
package ticket
