// Package webhooks is the controller webhooks: which programs are told of what
// happens to users, the messages that they were sent, and those that they did not take.
//
// Whoever uses it has to be allowed everything: an endpoint hears of every user, and
// the server connects to where it is.
package webhooks
