// Package throttle slows down those who ask too often.
//
// [Rate] counts requests per caller and second, for the rateLimit of profiles.
// [Logins] makes failed logins wait: in come an account's normalised name, a
// client address and perhaps a device, out comes leave to check a password or a
// 429 that says when to try again. Nothing here knows what an account is, whether
// it exists, or how a password is checked; nothing is written to a store, and a
// restart forgets.
package throttle
