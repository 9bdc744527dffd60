// Package digest is where passwords become digests and are compared with them.
//
// It holds the one [Pool] in which every expensive hash of the process runs, the
// [Maker] of the instance's own digests, and the [Format] of every digest that
// may be brought along: in come passwords and texts, out go texts to store,
// descriptions and verdicts. Comparing takes the same time whatever the
// difference. Reading a digest costs nothing, and none is verified that would
// cost more than the [Ceilings] allow. Some formats hash the password in every
// round, so a long password costs more: the ceilings bound that work too, and a
// password beyond them is wrong at the cost of a short one. A hash ends soon after
// its context does, except scrypt and yescrypt, which their libraries do not let
// go, and argon2 on processors without AVX2.
//
// Argon2 itself is in package argon2, and scrypt in scrypt; the memory that its hashes need is the
// pool's, which keeps it from one hash to the next: never more than the bound
// allows together with what runs, wiped unless the next one waits for it, and
// given back a few seconds after the last. Makers that [Pool.Equip] made, and
// [Check] and [Matches] with them, work in it.
//
// A login flood is bounded here: no more hashes at once than there are cores,
// no more memory than was allowed, and no queue longer than a client waits. Those
// who wait take turns by [Source], and no account or address holds more than a
// quarter of the pool.
//
// Each format is a grammar over a few functions from passwords to sums, which
// is why any of them but Cognito's can be wrapped in argon2id without knowing
// the password. Names and grammars are those that Clerk documents, where it has
// the format.
//
// Verifying costs what the primitive does that a format stands on, and next to
// nothing over it. This prints by how much, for each format and beside its bar:
//
//	go test ./kuzzle/digest -run NONE -bench Verify -benchtime 1x
//
// A password is verified exactly as it was received, but for its Unicode form.
// What a format does not see of it is nevertheless a part: behind the 72 bytes of
// bcrypt in digests of our own, behind a zero byte in bcrypt's, and the zeros at
// the end that HMAC, and with it PBKDF2 and scrypt, does not tell from none. One
// exception is left, bcrypt digests from elsewhere. They were made of the first 72
// bytes of who knows how much, so those 72 bytes log in. A password so long does
// not renew such a digest ([Exact]): the new one would be of the beginning that
// somebody typed, and shut out the owner of the whole. Changing the password ends
// it. better-auth's scrypt, the second exception, takes compatible characters for
// each other, such as a ligature for its letters.
//
// This package knows no users, strategies, stores or transports.
package digest
