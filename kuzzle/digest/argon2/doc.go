// Package argon2 is Argon2i and Argon2id, version 1.3, as RFC 9106 defines them,
// in memory that the caller lends.
//
// In come passwords, salts, [Params] and a [Memory]; out goes the tag. Whoever
// lends the same memory again and again spares its hashes the making of it. On
// Linux it lies outside the Go heap, in huge pages: the collector neither counts
// nor scans it, GOMEMLIMIT does not see it, and looking back misses few address
// translations.
//
// What is left in a memory tells more about a password than its digest does:
// from the last pass the first can be computed backwards, and its first block
// costs a guess no memory at all. [Memory.Wipe] and [Memory.Free] end that.
//
// On amd64 a block is computed with AVX-512 or AVX2; without both
// golang.org/x/crypto does the whole hash, since its SSE code beats plain Go,
// which is what other machines get.
//
// This package knows no digests, pools or limits.
package argon2
