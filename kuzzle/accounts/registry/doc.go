// Package registry holds the strategies of an instance by their names, and says
// what follows from them alone: which records a strategy may see, which record
// replaces which, what verifying one costs.
//
// It reads no store and knows no user.
package registry
