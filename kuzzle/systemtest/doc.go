// Package systemtest has black-box tests of the whole server: requests over HTTP
// and WebSocket to a server in the test's own process. They check the answers,
// the published events, and that secrets never appear anywhere.
//
// A scenario is a row of a table: the caller, the request and the answer. Each
// table runs twice, over each protocol, on a new server. The package has tests
// only, and they use the server only as clients and embedding programs do.
package systemtest
