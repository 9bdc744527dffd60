// Package maintenance looks after a store for its operators: it reports health and sizes,
// examines the cluster and the indexes, removes what has expired, gives disk space
// back, and removes claims that a dead node left.
package maintenance
