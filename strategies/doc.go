// Package strategies is the contract for plugin authors: how a way to prove who
// one is joins the backend.
//
// A strategy judges what a client sends and says what to keep. It owns no
// storage, starts no hash pool and creates no session: uniqueness, persistence,
// roll-back, search, deletion and sessions are the backend's. In come
// credentials and the subject they are about, out go records, identifiers and
// outcomes. strategytest proves that a strategy keeps the contract.
//
// Errors that a strategy declares of its own have codes from 0x60000000 on and
// ids plugin.<strategy>.<name>.
//
// A login, or an action, that is not done asks its client for a [Step]: data, a
// redirect, or a small page. The answer is the same by every transport; only a browser
// sees a page as one.
//
// Where a request comes from is asked of the host, by [Host.Peer], and no parameter of
// Authenticate or an action: what has been written goes on compiling, whatever else
// a peer will tell, and the host, which knows the strategy that asks, gives out
// no header but those the strategy names ([Headers]).
//
// This package knows no transport, no engine and nothing of accounts; what a
// strategy may ask the backend for is its [Host]. A strategy sends messages by
// means of its own, through Host.Send, which limits them.
package strategies
