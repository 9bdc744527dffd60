// Package signing signs tokens that other services verify themselves: JWTs with RS256,
// whose public keys are published as a JWKS.
//
// It shares only the way of encrypting and storing keys with the session tokens of
// package token. Its document, its keys and its algorithm are different. A token of
// one package is never accepted as one of the other.
//
// The first key is made in the background when it is first needed, once for all
// servers of a store; callers that need it wait. Making a key takes 50 to 300 ms of a
// core, signing a token about 1 ms. So tokens are signed only for callers with a key
// or a session, never for strangers.
//
// A rotation publishes a new key for [Announced] before it signs, which is longer than
// verifiers cache keys. The key before it stays published until its last token has
// expired: each key records the longest lifetime of its tokens before it signs one.
package signing
