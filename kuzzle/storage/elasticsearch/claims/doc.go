// Package claims knows who holds a key.
//
// A claim is a record of the claims index whose id is the key. It counts only when
// its owner's record lists it: one that nobody lists was left in the middle of a
// change, and whoever wants it may take it after the owner was fenced. A latch is
// a claim that stands without its owner once it is settled. No claim is removed or
// taken but by compare-and-set.
package claims
