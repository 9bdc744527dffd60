// Package admission says who may sign up: by the allow list and the block list of the
// instance, which are one document of the settings, and by how an e-mail address looks.
//
// It is asked at every door by which a stranger becomes a user: a sign-up, the first login
// of somebody whom another system knows, and an invitation, for the names beside the address
// that was invited. It is asked for names that users give themselves later too, never for
// those whom an administrator or a service key makes or changes. Nobody has proved to own an
// address when they sign up with it: the lists hold for what they say.
package admission
