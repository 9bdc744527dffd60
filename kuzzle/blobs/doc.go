// Package blobs keeps large values, such as pictures, in a store, by their content:
// who puts a value that is there already shares it.
//
// A blob is a head and its pieces, all of them documents of the collection
// storage.Blobs, so that both engines keep blobs as they keep everything else, and
// backups and migrations carry them. Pieces are written once and never changed.
// The head lists who holds the blob, and changes by compare-and-set:
//
//	filling → kept → leaving → (removed)
//
// While it is filling nobody knows the blob. The commit that makes it kept takes a
// claim on the hash of the content, by which later puts find it and add a hold of
// their own. Who lets go of the last hold writes "leaving" and frees the claim in
// one commit; from then on nobody adds a hold, and the pieces are removed, the head
// last. A put that loses a race for the claim joins the winner and removes its own
// pieces.
//
// Each put makes a hold with an id of its own, which its owner keeps with the
// reference. So a late release never takes away what was put again meanwhile. The
// owner writes the reference after Put and calls Release after it has written that
// the reference is gone. Whoever is killed in between leaves a hold that nobody
// refers to, and Sweep removes it; no reference is ever left without its blob.
package blobs
