// Package webhooks tells other programs what happens to users, by signed HTTP
// requests as Standard Webhooks describes them.
//
// In come events that a change is about to cause; out go messages for the Outbox of
// that change, one for each endpoint that wants the event, so that a message exists
// if and only if the change was made. Without an endpoint nothing is written. One
// server at a time (package lease) sends them: at least once, and those about one
// user in the order of the user's changes. An endpoint that does not answer is asked
// again with growing pauses, in which its messages wait; a message that is refused
// for long becomes a dead letter, which an administrator lists and replays.
//
// Endpoints are kept in one document of the settings, their secrets sealed. No
// message holds a secret: its data are those of package events.
package webhooks
