// Package admission decides who may sign up: by the instance's allow list and block list, which are
// one document of the settings, and by the form of e-mail addresses.
//
// It is called wherever a stranger becomes a user: a sign-up, the first login of a user whom only
// another system knows, and an invitation, for names beside the invited address. It is also called
// for names that users later give themselves, but never for users whom an administrator or a
// service key creates or changes. At a sign-up nobody has proved to own an address: the lists apply
// to the given text.
package admission
