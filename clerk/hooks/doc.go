// Package hooks makes the messages that webhook endpoints of the format clerk are sent:
// Clerk's events, each with the resource of Clerk's Backend API that it is about.
//
// A message is made with the change, and waits with its whole body, sealed, in the
// outbox that the change's commit writes (see package webhooks). So it shows what the
// commit made, whatever became of it by the time it is sent: no later state under an
// earlier type, and nothing of a user who is gone. Making it again on delivery would need
// a copy of each state, which would be a second source of truth. No more is in it than in
// Clerk's answers: private metadata, but no secret and no digest.
//
//	user.created      a user was created or imported
//	user.updated      anything else that the standard format has events of; one for a change
//	user.deleted      a user was deleted
//	session.created   a session was opened: a login, auth:createToken, POST /sessions
//	session.removed   its user logged out of it
//	session.revoked   somebody ended it: a request, a ban, another password, a replaced token
//	                  that was used again
//	session.ended     the server ended it: one more than a user may have, a single use, the end
//	                  of the user or of what made it
//
// Those of organizations, memberships and invitations are called after what was done.
// What goes with an organization that is deleted is not told: organization.deleted says it.
// A session that expires is not told either; Clerk has no event for it. Nor are the time
// of a login, and a reset of everything. There is no session.pending: a session begins
// once all is proved that is asked for, so that none has anything left to do. There is no
// email.created and no sms.created: they are what a receiver sends a message by, and would
// carry codes and links that log in. For messages to users package notify has its own
// webhook.
package hooks
