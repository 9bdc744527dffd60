package blobs

// PieceBytes is how much of a blob one document has.
const PieceBytes = pieceBytes

// Grace is how old something is that Sweep removes.
const Grace = grace

// LimitHolds makes fewer share a blob.
func (b *Blobs) LimitHolds(most int) { b.maxHolds = most }
