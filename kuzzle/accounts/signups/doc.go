// Package signups runs sign-ups that take several requests of a browser: somebody gives what the
// instance asks of users, and proves to read their address by a code or a link that is sent to it. The user is
// created when nothing is missing any more, with the rules, claims and events of every other creation,
// and is logged in.
//
// An [Attempt] is a value that the caller stores with the browser it belongs to. It takes no name
// away from anybody: whether a name is free is decided when the user is created. The password is
// encrypted until then. Unless it is hidden which addresses exist, a taken one is refused at once.
package signups
