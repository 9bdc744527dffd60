// Package migration copies everything that one store holds into another, so
// that a server goes on there as if nothing had happened: documents with their
// incarnations, versions, epochs and expiries, the keys they claim, mappings and
// latches. It reads and writes the storage contract alone, and no engine.
//
// A copy keeps no record of how far it is. A run compares both stores in the
// order of ids, removes from the target what differs from the source and then
// writes what it lacks, so whatever a run that was killed left behind is taken up
// by the next. A marker in the target, written before anything else and removed
// when both sides turned out to be equal, tells an unfinished copy from somebody
// else's data; a server refuses to start on one.
//
// In the end both stores are read again and compared by counts and checksums.
// The source stays as it is, but that messages which wait beside the documents that
// they tell of come into the outbox first: so they are copied like all others.
// Memory does not grow with the stores.
package migration
