// Package network is the HTTP and WebSocket front door: it turns what comes
// over a socket into an [api.Request], hands it to the dispatcher, and writes
// the [api.Response] back in the form clients of that protocol expect.
//
// Everything a stranger can send is bounded before it costs anything: headers,
// bodies (as sent and as decompressed), nesting, frames, requests in flight per
// connection, answers waiting for a slow reader, and the time all of it takes.
//
// This package knows bytes and package api. It knows no user, no token's meaning
// and no storage; whether an action may run is not its business.
package network
