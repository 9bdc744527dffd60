// Package users declares the actions of Clerk's Backend API about users: below
// /v1/users, and their addresses.
//
// An action decodes, judges what only Clerk's contract knows (which attributes are on,
// which forms they have), calls the domain and answers a resource. Writes wait until
// searches see them, so that a list has what was just made.
package users
