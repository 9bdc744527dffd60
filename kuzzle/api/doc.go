// Package api runs requests: it defines how an action is declared, found, decoded
// and run, and how its response is written.
//
// A transport makes a [Request] and sends the [Response] that the dispatcher
// returns. An [Action] is declared once. Routes, WebSocket dispatch, argument
// decoding, the catalogue of rights, server:publicApi and OpenAPI all derive from
// that declaration. The [Dispatcher] runs every request through the same stages,
// in the order of one slice literal.
//
// This package declares interfaces for authentication, rights and limits. It
// depends on no transport, no user and no storage.
package api
