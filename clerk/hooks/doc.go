// Package hooks makes the messages for webhook endpoints of the format clerk: Clerk's events,
// each with its resource of Clerk's Backend API.
//
// A message is made together with the change. It waits with its whole body, encrypted, in the
// outbox that the change's commit writes (see package webhooks). So it always shows the state
// that the commit wrote, also if the user changes before it is sent: never a later state under an
// earlier type, and never data of a deleted user read afterwards. Making it at delivery would
// need a copy of each state, a second source of truth. It contains no more than Clerk's answers:
// private metadata, but no secret and no digest.
//
//	user.created      a user was created or imported
//	user.updated      anything else that the standard format has events of; one for a change
//	user.deleted      a user was deleted
//	session.created   a session was opened: a login, auth:createToken, POST /sessions
//	session.removed   its user logged out of it
//	session.revoked   a request, a ban, another password, or the reuse of a replaced token
//	                  ended it
//	session.ended     the server ended it: one more than a user may have, a single use, the end
//	                  of the user or of its origin
//
// The events of organizations, memberships and invitations have the names of their changes. The
// deletion of an organization sends only organization.deleted, not the deletion of its parts. An
// expired session sends nothing; Clerk has no event for it. The time of a login and a reset of
// everything send nothing either. There is no session.pending: a session begins only after all
// required proofs. There is no email.created and no sms.created: with them a receiver sends
// messages itself, and they would contain codes and links for logins. For messages to users
// package notify has its own webhook.
package hooks
