// Package kuzzleview converts domain values to results in the form of Kuzzle's clients: users,
// roles, profiles and pages of hits. It also converts the caller of a request to the domain's type.
// The controllers share it; it decides nothing.
package kuzzleview
