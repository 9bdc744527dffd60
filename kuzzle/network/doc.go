// Package network provides the HTTP and WebSocket server: it turns bytes from a
// socket into an [api.Request], passes it to the dispatcher, and writes the
// [api.Response] in the form of that protocol.
//
// Everything that a stranger can send is bounded before it costs anything:
// headers, bodies (as sent and as decompressed), nesting, frames, requests in
// flight per connection, answers that wait for a slow reader, and the time of
// all of these.
//
// This package depends on package api only. It knows no user, no token's meaning
// and no storage, and does not decide whether an action may run.
package network
