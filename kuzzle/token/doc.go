// Package token makes and checks the strings that represent a login: session
// tokens, API keys, and the signing keys behind them.
//
// The package signs claims into tokens, returns the verified claims of a token,
// parses the lifetimes that clients send, and computes the fingerprints of API
// keys. A valid signature means that this server made a token, not that its
// session still exists: the package knows no sessions, users or stores.
//
// Its parts build on each other: a [Sealer] made from the master key, a
// [Keyring] whose signing keys it encrypts, and [Sessions], which signs with
// them. None of them costs anything before its first use.
package token
