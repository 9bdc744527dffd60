// Package view makes the shapes of Clerk's Frontend API from values of the domain: the browser with
// its sessions, tokens and users, and the unfinished attempts. Times are in epoch milliseconds. No
// shape has private metadata, a secret or a digest.
package view
