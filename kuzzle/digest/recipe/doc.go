// Package recipe parses descriptions of the way from a password to its digest, such as
//
//	bcrypt(base64(hmac_sha512(pepper, password)))
//
// A recipe is one call of a function. Arguments are calls, names of values, texts in quotes
// and numbers. The package knows the grammar and its bounds: the length of a recipe, its
// depth and the number of its parts. The functions are those of package digest.
package recipe
