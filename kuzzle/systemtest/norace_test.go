//go:build !race

package systemtest

// Of the requests that torment makes, one of so many is sent.
const oneOfRequests = 1

// raceFactor is how much slower the race detector makes the server.
const raceFactor = 1
