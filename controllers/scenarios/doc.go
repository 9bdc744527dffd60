// Package scenarios holds the tests of all controllers together: over the dispatcher, the domain
// and a real store. Only the time and the transport are replaced. It exports nothing.
//
// testdata has Kuzzle's routes and errors, with which tests compare ours.
package scenarios
