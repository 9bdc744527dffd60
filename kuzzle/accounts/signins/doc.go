// Package signins runs sign-ins that take several requests of a browser: somebody names themself,
// proves a first factor and, if the policy asks for it, a second one. The result is a session.
//
//	Begin    named, or not yet     -> needs first factor
//	First    a right first factor  -> complete, or needs second factor
//	Prepare  a code or a link is sent to an address
//	Code     the right code        -> complete, needs second factor, or needs new password
//	Follow   an opened link        -> complete, or needs second factor
//	SetPassword                    -> complete, or needs second factor
//	Second   a right second factor -> complete
//	Transfer the proof of a sign-up -> complete, or needs second factor
//
// A wrong proof leaves an attempt where it was. The proofs are those of package logins, by any
// strategy of the instance, with the limits and events of every other login; this package only
// keeps what is between two requests. An [Attempt] is a value that the caller stores with the
// browser it belongs to, so that no other browser can go on with it.
//
// Whether an identifier exists may be hidden. Then nothing is looked up before the first proof, and
// the factors depend only on the form of the identifier. Begun by BeginOr, somebody without an account
// may prove an address, too; the attempt then only notes the proof, for package signups.
package signins
