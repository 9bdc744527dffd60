// Package setup makes a cluster ready for a store: it checks the cluster, finds the
// store or makes a new one, makes the indexes that are missing, and brings older
// ones up to this version. What is wrong is a *cluster.SetupError, a line that says
// what to do.
package setup
