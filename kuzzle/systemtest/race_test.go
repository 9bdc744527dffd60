//go:build race

package systemtest

// Of the requests that torment makes, one of so many is sent.
const oneOfRequests = 8
