// Package claims knows the holder of each key.
//
// A claim is a record of the claims index whose id is the key. It counts only if
// its owner's record lists it. A claim that is not listed was left in the middle
// of a change; another change may take it after it has fenced the owner. A latch
// is a claim that stays without its owner once it is settled. A claim is only
// removed or taken by compare-and-set.
package claims
