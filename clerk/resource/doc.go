// Package resource has the shapes of what Clerk's Backend API answers, and makes them
// of what the domain keeps. Times are in epoch milliseconds. No shape has a secret or a
// digest.
package resource
