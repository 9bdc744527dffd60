// Package compile translates the search tree, sort and aggregations to
// Elasticsearch's forms, and reads the sort values and buckets of an answer.
//
// It sends no request and knows no index: it works on a mapping's schema alone.
package compile
