// Package resource defines the shapes of answers of Clerk's Backend API, and makes them
// from values of the domain. Times are in epoch milliseconds. No shape contains a
// secret or a digest.
package resource
