// Package notify brings messages to people: by mail and as short messages.
//
// A [Sender] sends one finished message; the log, an SMTP server and an HTTP webhook
// are built in. [Texts] makes messages: every text is a file in the folder texts,
// which an operator replaces by one of the same name.
//
// Nothing of a message but its kind and a masked recipient may be logged, errors
// included: it may hold a token. When, to whom and how often something is sent is
// not decided here. This package knows no users, no store and starts no goroutine.
package notify
