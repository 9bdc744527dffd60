// Package crypt implements crypt(3)'s MD5 and SHA-2 schemes in loops that can be
// interrupted.
//
// It hashes and writes; it reads no digests.
package crypt
