// Package digest is where passwords become digests and are compared with them.
//
// It holds the one [Pool] in which every expensive hash of the process runs,
// and the digest formats: in come passwords and stored texts, out go texts to
// store and verdicts. Comparing takes the same time whatever the difference.
//
// A login flood is bounded here: no more hashes at once than there are cores,
// no more memory than was allowed, and no queue longer than a client waits.
//
// This room knows no users, strategies, stores or transports.
package digest
