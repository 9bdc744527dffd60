// Package templates declares the actions of Clerk's Backend API about templates of
// tokens. Tokens are made of them by package sessions.
package templates
