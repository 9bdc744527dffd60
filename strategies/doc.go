// Package strategies is the contract for plugin authors. A strategy is one way for users to prove
// their identity, such as a password.
//
// A strategy checks a client's credentials and returns records, identifiers and outcomes. It owns
// no storage, starts no hash pool and creates no session. The backend provides uniqueness,
// persistence, roll-back, search, deletion and sessions. Package strategytest proves that a
// strategy keeps the contract.
//
// A strategy's own errors have codes from 0x60000000 on and ids plugin.<strategy>.<name>.
//
// A login or an action that needs more from its client returns a [Step]: data, a redirect, or a
// small page. The answer is the same over every transport; only a browser shows it as a page.
//
// A strategy asks its host for the client behind a request, by [Host.Peer]. The client is no
// parameter of Authenticate or of an action, so that existing strategies still compile after Peer
// gets a new field. The host gives a strategy only the headers that the strategy names ([Headers]).
//
// This package knows no transport, no engine and nothing of accounts. Everything that a strategy
// may ask of the backend is in its [Host]. A strategy brings its own means of sending messages, and
// sends them through Host.Send, which limits them.
package strategies
