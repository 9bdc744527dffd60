// Package contacts declares the actions of Clerk's Backend API about e-mail addresses,
// phone numbers, wallets and accounts at providers, each found by its own id.
package contacts
