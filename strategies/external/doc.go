// Package external keeps who a user is elsewhere: accounts at identity
// providers and the id in the system that the user was brought from.
//
// Such an account is the claim provider:id, shown, searchable and deletable like
// any credential, and held for one user only. It proves nothing by itself, so
// nobody logs in by it here; a strategy that lets a provider prove somebody
// finds the user by the same claim. Names and addresses that no other credential
// carries can be reserved beside the accounts.
//
// Users cannot give themselves accounts, since nothing shows that they are
// theirs. The package knows the strategy contract alone.
package external
