// Package bcrypt implements bcrypt with a loop that can be interrupted, and with the fault of PHP
// before 5.3.7; the library has neither.
//
// It hashes; it reads and writes no digests.
package bcrypt
