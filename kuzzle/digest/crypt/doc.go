// Package crypt is what crypt(3) makes of MD5 and of SHA-2, in loops that can be left.
//
// It hashes and writes; it reads no digests.
package crypt
