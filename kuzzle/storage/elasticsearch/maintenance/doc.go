// Package maintenance serves a store's operators: it reports health and sizes, examines
// the cluster and the indexes, removes expired documents, frees disk space, and removes
// claims that a dead node left.
package maintenance
