// Package organizations declares the actions of Clerk's Frontend API about organizations: those that
// the signed-in user belongs to or is invited to, and their members and invitations. Each action on
// an organization names the permission that the user's role there must have.
package organizations
