// Package scenarios holds the tests of all controllers together: over the
// dispatcher, the domain and a real store, with nothing replaced but time and
// the transport. It exports nothing.
//
// testdata has Kuzzle's routes and errors, which tests compare with ours.
package scenarios
