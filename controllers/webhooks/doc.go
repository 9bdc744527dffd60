// Package webhooks is the controller webhooks: the endpoints that get events of users, the sent
// messages, and the failed ones.
//
// Only callers who may do everything can use it, because an endpoint gets the events of every user,
// and the server connects to its address.
package webhooks
