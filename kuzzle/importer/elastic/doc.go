// Package elastic reads all documents of an index of a foreign Elasticsearch, such as a
// Kuzzle 2 server's, as of one point in time, a page at a time, so that an interrupted
// reading can resume.
package elastic
