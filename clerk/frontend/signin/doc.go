// Package signin declares the actions of Clerk's Frontend API for signing in. The sign-in itself is in
// package accounts/signins; here it is stored with the browser that began it, and shown in Clerk's
// shape with Clerk's names of strategies.
package signin
