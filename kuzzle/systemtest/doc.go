// Package systemtest holds black-box tests of the whole server: requests over
// HTTP and WebSocket against one that runs in the test's own process, and what
// has to come back, be told to listeners, and never be seen anywhere.
//
// A scenario is a row of a table: who asks for what, and the answer. Each table
// is a story told twice, over each protocol, to a fresh server. Nothing but tests
// lives here, and they know of the server only what clients and embedding
// programs do.
package systemtest
