package blobs

// PieceBytes is how much of a blob one document has.
const PieceBytes = pieceBytes

// Grace is how old something is that Sweep removes.
const Grace = grace

// Limit makes fewer share a blob, and blobs smaller.
func (b *Blobs) Limit(holds int, bytes int64) { b.maxHolds, b.maxBytes = holds, bytes }
