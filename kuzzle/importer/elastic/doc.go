// Package elastic reads the documents of an Elasticsearch that belongs to somebody else,
// such as a Kuzzle 2 server: all those of an index, as they were at one point in time,
// a page at a time, so that an interrupted reading goes on.
package elastic
