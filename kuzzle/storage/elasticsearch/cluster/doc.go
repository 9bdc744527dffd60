// Package cluster talks to Elasticsearch: one request, one answer, decoded.
//
// Requests take the cluster's addresses in turns and pass over nodes that failed
// until they answer a ping (nodes.go, ping.go). Reads are sent again when that may
// help; writes never are, since the caller knows better. An answer beyond a bound
// of bytes is an error, by which callers ask for smaller parts (parts.go).
//
// This package knows no index and no record.
package cluster
