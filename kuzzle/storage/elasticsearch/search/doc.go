// Package search answers searches of clients, a page at a time, and scrolls, which
// read one point in time and whose cursors lie in the cluster, so that any node
// reads on.
package search
