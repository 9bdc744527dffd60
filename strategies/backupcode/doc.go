// Package backupcode is the strategy backup-code: a second factor of ten codes that a user keeps
// for a day without the authenticator app. Each code works once.
//
// backup-code:draw returns new codes. They become valid when the user creates or updates
// credentials with one of them, which shows that the user has them; that code stays usable. Codes
// are hashed like passwords and then encrypted. Codes that were imported in clear text are
// encrypted until upkeep hashes them.
package backupcode
