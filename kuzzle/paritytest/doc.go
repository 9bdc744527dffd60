// Package paritytest tests that both engines give the same answers: for every
// request, a server on SQLite and one on Elasticsearch answer the same bytes.
//
// It has tests only. Two servers run in the test's own process, with one clock
// and the same users. Requests are generated over the whole search language,
// well formed and malformed, and each is sent to both.
package paritytest
