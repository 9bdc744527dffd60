// Package scrypt implements the key derivation function of RFC 7914 in lent memory and with
// a loop that can be interrupted; the library has neither.
package scrypt
