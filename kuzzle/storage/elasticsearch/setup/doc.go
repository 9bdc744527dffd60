// Package setup prepares a cluster for a store: it checks the cluster, finds the
// store or creates one, creates missing indexes, and upgrades older ones to this
// version. A fault is a *cluster.SetupError, one line with the remedy.
package setup
