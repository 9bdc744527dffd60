// Package profile declares the actions of Clerk's Frontend API about the signed-in user's own data,
// below /v1/me.
package profile
