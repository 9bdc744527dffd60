// Package token makes and checks the strings that stand for a login: session
// tokens, API keys, and the keys behind them.
//
// In come claims, lifetimes as clients write them, and sealed keys from
// whoever keeps them; out go tokens, verified claims and fingerprints. A valid
// signature says that this server made a token, not that its session still
// lives: sessions, users and stores are unknown here.
//
// Three things carry each other: a [Sealer] made from the master key, a
// [Keyring] whose signing keys it seals, and [Sessions], which signs with them.
// None of them costs anything before it is first used.
package token
