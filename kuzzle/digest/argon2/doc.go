// Package argon2 implements Argon2d, Argon2i and Argon2id, versions 1.3 (RFC 9106) and 1.0,
// in memory that the caller lends.
//
// A caller that lends the same [Memory] again saves its allocation. On Linux the memory lies
// outside the Go heap, in huge pages: the collector neither counts nor scans it, GOMEMLIMIT
// does not include it, and random reads miss few address translations.
//
// The memory reveals more about a password than its digest does: from the last pass the
// first can be computed backwards, and with the first block a guess needs no memory.
// [Memory.Wipe] and [Memory.Free] remove it.
//
// On amd64 a block is computed with AVX-512 or AVX2. Without both, golang.org/x/crypto
// computes the whole hash, since its SSE code is faster than plain Go. Other machines use
// plain Go.
//
// This package knows no digests, pools or limits.
package argon2
