// Package blobs stores large values, such as pictures, by their content: several
// puts of the same value share one blob.
//
// A blob is a head and its pieces, all of them documents of the collection
// storage.Blobs. So both engines store blobs like all other data, and backups and
// migrations include them. Pieces are written once and never changed. The head
// lists the holders of the blob, and changes by compare-and-set:
//
//	filling → kept → leaving → (removed)
//
// While a blob is being filled no other put knows it. The commit to "kept" takes a
// claim on the hash of the content, by which later puts find the blob and add their
// own holds. The release of the last hold writes "leaving" and frees the claim in
// one commit. From then on no hold can be added, and the pieces are removed, the
// head last. A put that loses a race for the claim joins the winner's blob and
// removes its own pieces.
//
// Each put creates a hold with its own id, which the owner stores with the
// reference. So a late release never removes a value that was put again meanwhile.
// The owner writes the reference after Put, and calls Release after it has removed
// the reference. If the process is killed in between, a hold without a reference
// stays, and Sweep removes it. A reference never exists without its blob.
package blobs
