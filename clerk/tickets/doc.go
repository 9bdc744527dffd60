// Package tickets declares the actions of Clerk's Backend API about invitations,
// sign-in tokens and actor tokens.
package tickets
