// Package tickets stores tickets: tokens that log a user in, or let somebody act in the user's
// place, and invitations of e-mail addresses.
//
// A ticket is random, and the store has only its fingerprint. It is good for one login on any node:
// the commit of the session, of the challenge for a second factor, or of the user takes a key that
// can be taken once. A revocation takes the same key together with the row, so that of a login and
// a concurrent revocation one wins. If a row is pending while its key is taken, the redemption was
// interrupted; the next caller that meets it, or Upkeep, finishes it.
//
// Package logins logs the users of tickets in. Package organizations has the rows of its own
// invitations, whose tickets are here.
package tickets
