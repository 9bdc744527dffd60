// Package storage defines the contract between the domain and its database.
//
// The unit of atomicity is one document together with its claims: a [Change] is
// written as a whole or not at all, and an acknowledged change survives kill -9. A
// larger operation is a sequence of changes that its owner can resume. Reads by id
// see every acknowledged write at once. Searches see a change before it is
// acknowledged if it asked for visibility.
//
// A store that several processes write is [Shared]: it notifies each of them of the
// others' changes, and tells how long cached documents may be used.
//
// An engine that opens data of an earlier version upgrades it to this program's
// schema by Upgrades. To add a collection, name it beside the others and add a line
// at the end of Upgrades:
//
//	{Name: "teams", Adds: []Collection{Teams}},
//
// Both engines then create it, in new and in existing stores, and a version that
// does not know it refuses the data. Searchable content also needs a case in
// mapping.Searchable and in mapping.Initial. For other changes, add a step under
// the upgrade's name to each engine's upgradeSteps.
//
// Package storagetest is the test suite that every engine must pass. Package
// storage knows the search tree and nothing about users, HTTP or the engines that
// implement it.
package storage
