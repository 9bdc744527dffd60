// Package admission says who may sign up: by the allow list and the block list of the
// instance, which are one document of the settings, and by how an e-mail address looks.
//
// It is asked for people who make themselves users, and for names that users give
// themselves later, never for those whom an administrator or a service key makes or
// changes. Nobody has proved to own an address when they sign up with it: the lists hold
// for what they say.
package admission
