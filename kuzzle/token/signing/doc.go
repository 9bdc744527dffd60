// Package signing signs tokens that other services verify by themselves: JWTs with
// RS256, whose public keys are published as a JWKS.
//
// It has nothing in common with the session tokens of package token but the way in
// which keys are sealed and kept: another document, other keys, another algorithm. No
// token of one is ever taken for one of the other.
//
// The first key is made when it is first needed, once for all servers of a store, in
// the background; whoever needs it waits. To make one takes 50 to 300 ms of a core, to
// sign a token about 1 ms, so that tokens are signed for callers who have shown a key
// or a session, and never for strangers.
//
// A rotation publishes a new key for [Announced] before it signs, which is longer than
// verifiers keep a set of keys. The key before it stays published until the last token
// that it signed has ended: each key records the longest lifetime of its tokens before
// it signs one.
package signing
