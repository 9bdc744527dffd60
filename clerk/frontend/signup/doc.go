// Package signup declares the actions of Clerk's Frontend API for signing up. The sign-up itself is in
// package accounts/signups; here it is stored with the browser that began it, and shown in Clerk's
// shape.
package signup
