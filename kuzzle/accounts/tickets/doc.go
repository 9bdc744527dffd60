// Package tickets keeps tickets: tokens by which a user logs in, or somebody in the
// user's place, and invitations of e-mail addresses.
//
// A ticket is random, and the store has its fingerprint alone. It is good for one login
// on whatever node: the commit that makes the session, the challenge of a second factor
// or the user takes a key that is taken once. Whoever revokes a ticket takes the same key
// with the row, so that of a login and a revocation one wins. A row that says pending
// while its key is taken belongs to somebody who was killed in between; whoever meets it,
// or Upkeep, ends what was begun.
//
// It is a package beside logins, which lets in whom a ticket is about, and beside
// organizations, whose invitations have their rows there and their tickets here.
package tickets
