// Package assert declares the errors about a request's arguments for all packages that check input.
// All are 400, and all name the argument by its path, such as body.content.profileIds.
//
// It imports only package fault and has only declarations.
package assert
