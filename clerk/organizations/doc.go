// Package organizations declares the actions of Clerk's Backend API about organizations,
// their members and invitations.
//
// An action checks the arguments, calls package accounts/organizations and answers a
// resource. A key that is limited to organizations reaches only those and their members,
// and no action about several organizations: it cannot learn which others exist.
package organizations
