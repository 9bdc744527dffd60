// Package cluster sends requests to Elasticsearch and decodes the answers.
//
// Requests use the cluster's addresses in turn and skip nodes that failed until
// these answer a ping (nodes.go, ping.go). Reads are repeated if that may help.
// Writes are never repeated here, because only the caller knows whether that is
// safe. An answer larger than a bound is an error; callers then request smaller
// parts (parts.go).
//
// This package knows no index and no record.
package cluster
