// Package search answers searches of clients, a page at a time, and scrolls. A
// scroll reads one point in time, and its cursor is stored in the cluster, so that
// any node can continue it.
package search
