// Package registry holds the strategies of an instance by name. It answers questions about
// strategies and records alone: which records a strategy may see, which record replaces which, and
// the cost of verifying one.
//
// It reads no store and knows no user.
package registry
