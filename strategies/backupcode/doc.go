// Package backupcode is the strategy backup-code: a second factor by ten codes that
// a user keeps for the day on which the app is lost. Each counts once.
//
// backup-code:draw answers new codes. They are in force once credentials are created
// or updated with one of them, which shows that the user has them; that one is not
// used up by it. Codes are kept as passwords are, hashed, and encrypted besides.
// Codes that were brought from elsewhere in the clear are encrypted until upkeep
// hashes them.
package backupcode
