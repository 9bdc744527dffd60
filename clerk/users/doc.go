// Package users declares the actions of Clerk's Backend API about users: below
// /v1/users, and their addresses.
//
// An action decodes the arguments, checks the rules of Clerk's contract (which
// attributes are on, which formats they have), calls the domain and answers a
// resource. Writes wait until searches see them, so that a list includes the latest
// writes.
package users
