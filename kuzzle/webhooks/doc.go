// Package webhooks sends messages about users to other programs, by signed HTTP requests
// as Standard Webhooks specifies.
//
// A change turns its events into messages and writes them to its Outbox, one for each
// endpoint that wants the event. So a message exists if and only if the change was made.
// Without an endpoint nothing is written. One server at a time (package lease) sends the
// messages: each at least once, and those about one user in the order of the user's
// changes. An endpoint that does not answer is tried again with growing pauses, in which
// its messages wait. A message that is refused for too long becomes a dead letter, which
// an administrator can list and replay. The last deliveries of a day can be listed too,
// without their contents.
//
// An endpoint has a format. This package provides the standard one, whose messages are
// made from events. Other formats come from the caller: the code that knows the format
// makes whole messages together with the change, and this package only stores, signs and
// sends them. Waiting messages are encrypted. On a cluster, messages about different
// documents, such as a user and a session, may overtake each other.
//
// Some changes cause more changes than their commit writes: a ban ends all sessions of a
// user. They write a note to the outbox, and this package ensures that the note is
// processed. The resulting commits have their own messages.
//
// Endpoints are one document of the settings, with their secrets encrypted. No message in
// the standard format contains a secret: its data are those of package events.
package webhooks
