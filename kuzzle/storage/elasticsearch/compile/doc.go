// Package compile translates Kuzzle's search tree, sort and aggregations into
// Elasticsearch's, and reads the sort values and buckets of an answer.
//
// It asks nothing and knows no index: it works on a mapping's schema alone.
package compile
