// Package paritytest holds both stores to the same answers: whatever a client
// sends, a server on SQLite and one on Elasticsearch answer the same bytes.
//
// It has tests only. Two servers run in the test's own process, with one clock
// and the same people in them; requests are generated over the whole search
// language, well formed and not, and each is put to both.
package paritytest
