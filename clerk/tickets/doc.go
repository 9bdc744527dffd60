// Package tickets declares the actions of Clerk's Backend API about invitations, and
// about tokens by which a user logs in, or somebody in the user's place.
package tickets
