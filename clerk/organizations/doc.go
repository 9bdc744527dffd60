// Package organizations declares the actions of Clerk's Backend API about organizations,
// their members and whom they invite.
//
// An action judges the arguments, calls package accounts/organizations and answers a
// resource. A key that is limited to organizations reaches those alone, their members,
// and nothing that concerns several: it does not learn who or what else there is.
package organizations
