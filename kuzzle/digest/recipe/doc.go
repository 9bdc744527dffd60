// Package recipe parses descriptions of the way from a password to its digest, such as
//
//	bcrypt(base64(hmac_sha512(pepper, password)))
//
// A recipe is one call of a function. Arguments are calls, names of values, texts in quotes
// and numbers. The package has the grammar, the functions that take no time, and the bounds of
// all that they read and write. Functions that take time, and digests themselves, belong to
// package digest. [Presets] are recipes of known systems.
package recipe
