// Package storage is the contract between the domain and its database.
//
// The unit of atomicity is one document together with its claims: a [Change] is
// written wholly or not at all, and what was acknowledged survives kill -9.
// Anything larger is a sequence of changes that its owner can take up again.
// Reads by id see every acknowledged write at once; searches see it when the
// change asked for visibility.
//
// A store that several processes write is [Shared]: it tells each of them what
// the others change, and for how long what was read may be used.
//
// Data of earlier versions is brought to the schema of this program by Upgrades
// when an engine opens it. To add a collection, name it beside the others and add a
// line at the end of Upgrades:
//
//	{Name: "teams", Adds: []Collection{Teams}},
//
// Both engines then make it, in new stores and in those that are there, and a
// version that does not know it refuses the data. Content that is to be searched
// also needs a case in mapping.Searchable and in mapping.Initial. What changes
// more than that has a step under the upgrade's name in each engine's upgradeSteps.
//
// storagetest is the suite that every engine passes. This package knows the search
// tree and nothing about users, HTTP or the engines that implement it.
package storage
