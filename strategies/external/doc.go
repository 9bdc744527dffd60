// Package external stores a user's identities in other systems: accounts at identity providers, and
// the id in the system that the user was imported from.
//
// An account is the claim provider:id. It is shown, searchable and deletable like any credential,
// and belongs to one user. It proves nothing, so nobody logs in with it here. A strategy that lets
// a provider prove an identity finds the user by the same claim. Names and addresses that no other
// credential has can be reserved beside the accounts.
//
// Users cannot give themselves accounts, since nothing proves that the accounts are theirs. The
// package knows only the strategy contract.
package external
