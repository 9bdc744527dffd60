// Package scrypt is the key derivation function of RFC 7914 in memory that is lent, and
// with a loop that can be left: the library has neither.
package scrypt
