// Package webhooks tells other programs what happens to users, by signed HTTP
// requests as Standard Webhooks describes them.
//
// In come events that a change is about to cause; out go messages for the Outbox of
// that change, one for each endpoint that wants the event, so that a message exists
// if and only if the change was made. Without an endpoint nothing is written. One
// server at a time (package lease) sends them: at least once, and those about one
// user in the order of the user's changes. An endpoint that does not answer is asked
// again with growing pauses, in which its messages wait; a message that is refused
// for long becomes a dead letter, which an administrator lists and replays. The last
// deliveries of a day are listed too, without what was sent.
//
// An endpoint has a format. That of this package is the standard one, whose messages
// are made of events. Others are handed in: whoever knows the format makes its messages
// with the change, whole, and this package only keeps, signs and sends them. A message
// is sealed as long as it waits. On a cluster the messages about different documents,
// such as a user and a session, may overtake each other.
//
// Some changes end more than their commit writes: a ban ends all sessions of a user. They
// write a note in the outbox, of which this package sees that it is followed. What follows
// are commits with messages of their own.
//
// Endpoints are kept in one document of the settings, their secrets sealed. No
// message in the standard format holds a secret: its data are those of package events.
package webhooks
