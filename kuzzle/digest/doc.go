// Package digest makes password digests and compares passwords with them.
//
// It has the one [Pool] in which every expensive hash of the process runs, the [Maker] of
// the instance's own digests, and the [Format] of every digest that may be imported. A
// comparison takes the same time whatever the difference. Reading a digest costs nothing,
// and no digest is verified that would cost more than the [Ceilings] allow. Some formats
// hash the password in every round, so a long password costs more: the ceilings bound that
// work too, and a longer password is wrong at the cost of a short one. A hash ends soon
// after its context does, except yescrypt and argon2 on processors
// without AVX2, which cannot be interrupted.
//
// Argon2 is in package argon2, and scrypt in package scrypt. Their memory belongs to the
// pool, which keeps it between hashes: together with running hashes never more than its
// bound, wiped unless the next hash is waiting, and freed a few seconds after the last one.
// Makers from [Pool.Equip], and [Check] and [Matches] with them, work in that memory.
//
// The pool bounds a flood of logins: no more hashes at once than cores, no more memory than
// allowed, and no queue longer than a client waits. Waiting hashes take turns by [Source],
// and no account or address holds more than a quarter of the pool.
//
// Each format is a grammar over a few functions from passwords to sums. So every format
// except Cognito's can be wrapped in argon2id without the password. Names and grammars are
// those that Clerk documents, where it has the format.
//
// Some systems hash a password, or add a secret to it, before the function of the digest, or
// keep the salt elsewhere. A [Recipe] describes them, in a small language whose cost is known
// before anything is computed. Package recipe parses it.
//
// Verifying costs little more than the primitive of a format. This prints how much more, for
// each format beside its bar:
//
//	go test ./kuzzle/digest -run NONE -bench Verify -benchtime 1x
//
// A password is verified exactly as it was received, except for its Unicode form. Parts that
// a format ignores count too: bytes after the 72 of bcrypt in digests of our own, bytes
// after a zero byte in bcrypt's, and zeros at the end, which HMAC, and with it PBKDF2 and
// scrypt, ignores. There are two exceptions. Imported bcrypt digests were made of the first
// 72 bytes of a password of unknown length, so those 72 bytes log in. A password so long
// does not renew such a digest ([Exact]): the new digest would be that of a beginning, and
// shut out the owner of the whole password. A change of the password ends that. The other
// exception is better-auth's scrypt, which takes compatible characters for each other, such
// as a ligature for its letters.
//
// This package knows no users, strategies, stores or transports.
package digest
