// Package notify sends messages to people, by mail and as short messages.
//
// A [Sender] sends one finished message; senders for the log, an SMTP server and an
// HTTP webhook are built in. [Texts] makes messages. Every text is a file in the
// folder texts, which an operator can replace by a file of the same name.
//
// A message may hold a token, so logs and errors show only its kind and a masked
// recipient. The caller decides when, to whom and how often a message is sent. This
// package knows no users and no store, and starts no goroutine.
package notify
