// Package kuzzleview shows how domain values look to Kuzzle's clients: users, roles,
// profiles, pages of hits, and the caller as the domain knows one.
//
// In come values of the domain packages, out go results for package api. The
// controllers share it; it decides nothing.
package kuzzleview
