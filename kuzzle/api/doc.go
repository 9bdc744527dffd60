// Package api is the life of a request: what an action is, how it is declared,
// found, decoded and run, and how its answer looks.
//
// In comes a [Request] that some transport made, out goes a [Response] that it
// sends. An [Action] is declared once; routes, WebSocket dispatch, argument
// decoding, the catalogue that roles are checked against, server:publicApi and
// OpenAPI all derive from that declaration. The [Dispatcher] runs every request
// through the same stages, in the order of one slice literal.
//
// This package declares as interfaces what it needs of authentication, rights and
// limits. It knows no transport, no user and no storage.
package api
