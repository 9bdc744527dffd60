// Package ticket is the strategy for tickets that the backend issued. A ticket logs a user in, lets
// somebody act in the user's place, or is an invitation, which may create the user. The package
// stores nothing; see [strategies.Tickets].
package ticket
