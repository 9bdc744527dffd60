// Package attempt stores the sign-in or the sign-up of a browser, for packages signin and signup. A
// complete one becomes a session of the browser, which gets a new token.
package attempt
